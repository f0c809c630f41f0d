"""Keeps the option tables of engines as their own parsers or sources have them: `make engines-catalogue`, or one alone
with `ENGINE=infinity`.

An engine written in Python is asked for its parser, a binary for its help; of an engine in Rust or Go the source is
read. None of them needs a GPU for that. A table says of which version it is and when it was read. Every command line
of the golden cases is shown to the engine's own parser; that of Triton is the server's, which the tests run.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import help_table  # noqa: E402
import ollama_table  # noqa: E402
import tgi_parser  # noqa: E402
import tgi_table  # noqa: E402
import triton_table  # noqa: E402

from golden.golden import command_lines  # noqa: E402
from lab import images  # noqa: E402
from modelservice.api.engine import EngineType  # noqa: E402

DATA = ROOT / "operator" / "modelservice" / "engines" / "data"
PARTS = ROOT / "make"
CACHE = Path(os.environ["MODELSERVICE_CACHE"]) / "engines"
PACKAGES = "lib/python3.11/site-packages"
READ = re.compile(r'"read": "[\d-]+", ')

STARTS = {"vllm": 2, "aphrodite": 2, "sglang": 3, "infinity": 2, "mock": 3, "llamacpp": 1, "tgi": 1}
"""How many words of a command line are the program."""
LLAMACPP, TGI, OLLAMA, TRITON = "0.7.0", "3.3.7", "0.17.4", "24.10"
TGI_SOURCE = "https://github.com/huggingface/text-generation-inference"
PYTRITON = "nvidia-pytriton==0.7.0"
"""Its wheel holds the server of that month (2.51.0)."""


class NotReadError(Exception):
    """The engine cannot be had here; the text says what failed."""


def run(
    *command: str | Path, cwd: str | Path = ROOT, said: str = "", stderr: int | None = None, **environment: str
) -> str:
    """What a command prints; `stderr=subprocess.STDOUT` for one that prints its help there."""
    shown = " ".join(map(str, command))
    try:
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            input=said,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **environment},
        )
    except OSError as error:
        raise NotReadError(f"{shown}: {error}") from error
    if done.returncode and stderr is None:
        raise NotReadError(f"`{shown}` failed")
    return done.stdout


def golden_lines(engine: str) -> list[list[str]]:
    """What it is told in the golden cases."""
    return [words[STARTS[engine] :] for words in command_lines(EngineType(engine))]


def read(python: str | Path, engine: str, **environment: str) -> str:
    """The table, from a parser that takes each command line of the golden cases."""
    said = "".join(f"{json.dumps(line)}\n" for line in golden_lines(engine))
    return run(python, PARTS / "option_table.py", engine, said=said, **environment)


def mock() -> str:
    return read(sys.executable, "mock", PYTHONPATH=str(ROOT / "images" / "mock"))


def infinity() -> str:
    """The image of the tests has it, with all that it imports."""
    return read(sys.executable, "infinity", PYTHONPATH=str(images.files("infinity") / "opt/infinity" / PACKAGES))


def beside_vllm(engine: str, wheel: str = "", *more: str) -> Callable[[], str]:
    """An engine that needs what vLLM needs: that lies in the image of the tests, and its wheel comes without it.

    What is compiled in an engine's own wheel wants libraries of a GPU, and its options do not.
    """

    def ask() -> str:
        folder = CACHE / engine
        if wheel:
            unpack(wheel, folder, (".py", ".json", "METADATA"))
        for other in more:
            unpack(other, folder)
        root = images.files("vllm-cpu")
        numa = folder / "lib" / "libnuma.so.1"
        numa.parent.mkdir(parents=True, exist_ok=True)
        numa.unlink(missing_ok=True)
        numa.symlink_to(root / "usr/lib/x86_64-linux-gnu/libnuma.so.1")
        where = {"PYTHONPATH": f"{folder}:{root / 'opt/vllm' / PACKAGES}", "LD_LIBRARY_PATH": str(numa.parent)}
        return read(sys.executable, engine, APHRODITE_TARGET_DEVICE="cpu", **where)

    return ask


def unpack(wheel: str, folder: Path, endings: tuple[str, ...] = ("",)) -> None:
    """The files of a wheel that end so, without what it requires."""
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder / wheel, wheel)
    for archive in (folder / wheel).glob("*.whl"):
        with zipfile.ZipFile(archive) as inside:
            inside.extractall(folder, [name for name in inside.namelist() if name.endswith(endings)])


def llamacpp() -> str:
    """The image of the tests has the server. It reads its words in their order, and ends at `--version`."""
    server = ("chroot", images.files("llamacpp"), "/usr/bin/llama-server")
    for line in golden_lines("llamacpp"):
        run(*server, *line, "--version")
    return help_table.table(LLAMACPP, run(*server, "--help"))


def tgi() -> str:
    """A mirror is named to git itself: `url.<mirror>.insteadOf`."""
    folder = CACHE / "tgi" / TGI
    if not folder.exists():
        part = ("--quiet", "--depth", "1", "--filter", "blob:none", "--no-checkout")
        run("git", "clone", *part, "--branch", f"v{TGI}", TGI_SOURCE, folder)
    source, lock = (run("git", "-C", folder, "show", f"v{TGI}:{file}") for file in (tgi_table.SOURCE, "Cargo.lock"))
    table = tgi_table.table(TGI, source)
    parser = tgi_parser.built(source, lock, CACHE / "tgi" / "parser", run)
    for line in golden_lines("tgi"):
        run(parser, *line)
    read = {name for option in json.loads(table)["options"] for name in option["names"] if name.startswith("--")}
    if read != tgi_parser.names(run(parser, "--help")):
        raise NotReadError(f"{tgi_table.SOURCE} was read otherwise than clap does")
    return table


def ollama() -> str:
    """Its server is a Go module."""
    module = json.loads(run("go", "mod", "download", "-json", f"github.com/ollama/ollama@v{OLLAMA}", cwd="/"))
    return ollama_table.table(Path(module["Dir"]), OLLAMA)


def triton() -> str:
    """The server, with the libraries that it is linked to."""
    unpack(PYTRITON, CACHE / "triton")
    server = CACHE / "triton" / "pytriton" / "tritonserver" / "bin" / "tritonserver"
    server.chmod(0o755)
    return triton_table.table(TRITON, run(server, "--help", stderr=subprocess.STDOUT))


ENGINES: dict[str, Callable[[], str]] = {
    "vllm": beside_vllm("vllm"),
    "aphrodite": beside_vllm("aphrodite", "aphrodite-engine==0.24.1"),
    "sglang": beside_vllm("sglang", "sglang==0.5.23", "orjson", "triton"),
    "infinity": infinity,
    "llamacpp": llamacpp,
    "tgi": tgi,
    "ollama": ollama,
    "triton": triton,
    "mock": mock,
}


def write(printed: str) -> str:
    """Keep the table, with today's date unless it is as it was; the answer says which of the two."""
    table = printed[printed.index('{"engine"') :]
    head = json.loads(table)
    if not head["options"]:
        raise NotReadError("it told no options")
    file = DATA / f"{head['engine']}-{head['version']}.json"
    kept = file.read_text() if file.exists() else ""
    if READ.search(kept) and READ.sub("", kept) == table:
        return f"{file.relative_to(ROOT)}: as it was"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    file.write_text(table.replace('"dialect"', f'"read": "{today}", "dialect"', 1))
    return f"{file.relative_to(ROOT)}: written"


def main(wanted: Iterable[str]) -> int:
    """One line for each engine. Of one that cannot be had here, the table stays and the line says why."""
    missed = 0
    for engine in wanted:
        if engine not in ENGINES:
            sys.exit(f"ENGINE is one of {', '.join(ENGINES)}: make engines-catalogue ENGINE=mock")
        try:
            print(write(ENGINES[engine]()), flush=True)
        except NotReadError as error:
            missed += 1
            print(f"{engine}: not read, its table stays: {error}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ENGINES))
