"""The examples of the command line as its commands have them, and the world that they speak of.

A new command's EXAMPLES are found here by themselves: docs/cli.md shows them, and each is typed by a test, in a folder
with the files of `world/files`. Those of a command that takes --kubeconfig are typed on a cluster with the operator and
what lies in `world/cluster`; an example that needs something else there, or another file, gets it by one more file.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from docs.pages import ROOT
from modelservice.cli.parser import arguments_of, parser_of
from modelservice.cli.registry import COMMANDS, Command, Example

WORLD = Path(__file__).parent / "world"


def typed(*, on_a_cluster: bool) -> list[Example]:
    """Those that a test runs."""
    return [
        example
        for command in COMMANDS.values()
        if _talks_to_a_cluster(command) is on_a_cluster
        for example in command.load().EXAMPLES
        if not example.not_run
    ]


def lay_files(folder: Path) -> None:
    """What the examples read, as it was before any of them."""
    for file in (WORLD / "files").iterdir():
        shutil.copy(file, folder / file.name)
    if not (folder / "examples").exists():
        (folder / "examples").symlink_to(ROOT / "examples")


def _talks_to_a_cluster(command: Command) -> bool:
    return any("--kubeconfig" in argument.flags for argument in arguments_of(parser_of(command)))
