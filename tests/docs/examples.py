"""The examples of the command line as its commands have them, where each is typed, and the files that they speak of.

A new command's EXAMPLES are found here by themselves: docs/cli.md shows them, and the test of their place types each,
in a folder with the files of `world/files`. On a cluster there is what lies in `world/cluster` besides; an example
that needs something else gets it by one more file, or by a row in `scenes.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from docs.pages import ROOT
from lab import models
from modelservice.cli.parser import arguments_of, parser_of
from modelservice.cli.registry import COMMANDS, Command, Example

WORLD = Path(__file__).parent / "world"


class Place(Enum):
    """What an example needs around it, by the test that types it."""

    NOTHING = "tests/unit/docs/test_cli_examples.py"
    CLUSTER = "tests/docs/test_cli.py: the operator and what is in `world/cluster`"
    CONTROL_PLANE = "tests/docs/test_cli.py: an API server where nobody else operates"
    ENGINES = "tests/local/test_docs.py: engines that are installed on this machine"


ELSEWHERE: Mapping[str, Place] = {"operator": Place.CONTROL_PLANE, "run": Place.ENGINES}


def place(command: Command) -> Place:
    """Where a test types the examples of this command."""
    takes_cluster = any("--kubeconfig" in argument.flags for argument in arguments_of(parser_of(command)))
    return ELSEWHERE.get(command.name, Place.CLUSTER if takes_cluster else Place.NOTHING)


def typed(where: Place) -> list[Example]:
    """Those of this place, in the order of the page."""
    commands = [command for command in COMMANDS.values() if place(command) is where]
    return [example for command in commands for example in command.load().EXAMPLES]


def lay_files(folder: Path) -> None:
    """What the examples read, as it was before any of them."""
    for file in (*(WORLD / "files").iterdir(), *(WORLD / "cluster").iterdir()):
        shutil.copy(file, folder / file.name)
    for name, target in (("examples", ROOT / "examples"), ("tiny.gguf", models.tiny_gguf())):
        if not (folder / name).exists():
            (folder / name).symlink_to(target)
