"""Real-world inputs, shortened: each names the public page that it is after, or says that it is composed.

`python tests/unit/convert/cases.py` rewrites what they come to, and the diff is reviewed like code.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from modelservice.cli.output import as_yaml
from modelservice.convert import catalogue
from modelservice.convert.assemble import Converted

FOLDER = Path(__file__).parent / "cases"
INPUTS = sorted(path for path in FOLDER.iterdir() if not path.name.endswith(".out.yaml"))


def converted(path: Path) -> Converted:
    """What this input comes to."""
    text = path.read_text()
    found = catalogue.from_command(text) if path.suffix == ".sh" else catalogue.from_manifest(yaml.safe_load(text))
    assert found is not None
    return found


def outcome(path: Path) -> str:
    """The notes as comments, then the ModelService."""
    found = converted(path)
    return "".join(f"# {note}\n" for note in found.notes) + as_yaml([found.manifest])


def expected(path: Path) -> Path:
    return path.with_name(f"{path.stem}.out.yaml")


if __name__ == "__main__":
    for path in INPUTS:
        expected(path).write_text(outcome(path))
