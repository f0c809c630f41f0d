"""The entry point: a table of commands, and one place where errors become exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "crd": "Print the CustomResourceDefinition",
    "render": "Print what a ModelService becomes, without a cluster",
    "operator": "Run the operator",
}
"""Each is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`."""


class CommandError(Exception):
    """Something that the user can mend: one sentence, and perhaps a hint with the next step."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 the command failed, 2 the command line was wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="modelservice", description="Model servers on Kubernetes from one short YAML."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about + ".")
        if words and words[0] == name:
            _module(name).add_arguments(command)
    arguments = parser.parse_args(words)
    try:
        code: int = _module(arguments.command).run(arguments)
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return code


def _module(command: str):  # type: ignore[no-untyped-def]  # a module is its own protocol
    return import_module(f"modelservice.cli.{command}")
