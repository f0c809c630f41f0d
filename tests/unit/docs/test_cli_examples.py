"""The examples of docs/cli.md that need no cluster do what they say; tests/docs types the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.examples import Place, lay_files, typed
from docs.shell import Command, Terminal
from modelservice.cli.registry import Example


@pytest.mark.parametrize("example", typed(Place.NOTHING), ids=lambda example: example.line)
def test_example_does_what_it_says(tmp_path: Path, example: Example) -> None:
    terminal = Terminal(tmp_path)
    lay_files(terminal.folder)
    terminal.type(Command(example.line, code=example.code))
