"""Keeps the option table of an engine as its own parser or source has it: `make engines-catalogue ENGINE=infinity`.

An engine written in Python is installed into an environment of its own in the cache and asked for its parser; a binary
is asked for its help; of an engine in Rust or Go the source is read. The file says which version and when.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "operator" / "modelservice" / "engines" / "data"
PARTS = ROOT / "make"
CACHE = Path(os.environ["MODELSERVICE_CACHE"]) / "engines"


def run(*command: str | Path, cwd: str | Path = ROOT, **environment: str) -> str:
    """What a command prints; it ends the whole when it fails."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return done.stdout


def environment(engine: str, requirements: Sequence[str], alone: Sequence[str] = ()) -> Path:
    """The Python of an environment with these requirements; `alone` come without what they would bring."""
    folder = CACHE / engine
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "venv", folder)
    if requirements:
        run(python, "-m", "pip", "install", "--quiet", *requirements)
    if alone:
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", *alone)
    return python


def parser(engine: str, requirements: Sequence[str], alone: Sequence[str] = ()) -> Callable[[], str]:
    """An engine in Python. None of them needs a GPU to show its parser."""
    return lambda: run(environment(engine, requirements, alone), PARTS / "option_table.py", engine)


def mock() -> str:
    return run(sys.executable, PARTS / "option_table.py", "mock", PYTHONPATH=str(ROOT / "images" / "mock"))


def ollama() -> str:
    """Its server is a Go module."""
    module = json.loads(run("go", "mod", "download", "-json", "github.com/ollama/ollama@v0.17.4", cwd="/"))
    return run(sys.executable, PARTS / "ollama_table.py", module["Dir"], module["Version"].removeprefix("v"))


ENGINES: dict[str, Callable[[], str]] = {
    "infinity": parser("infinity", ["infinity-emb[server,torch]==0.0.78", "torch==2.13.0"]),
    "mock": mock,
    "ollama": ollama,
}


def main(engine: str) -> None:
    if engine not in ENGINES:
        sys.exit(f"ENGINE is one of {', '.join(ENGINES)}: make engines-catalogue ENGINE=mock")
    printed = ENGINES[engine]()
    version = json.loads(printed)["version"]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    file = DATA / f"{engine}-{version}.json"
    file.write_text(printed.replace('"dialect"', f'"read": "{today}", "dialect"', 1))
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
