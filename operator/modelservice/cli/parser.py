"""A command's parser, and what it takes apart into: completion and docs/cli.md read the same arguments as users do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import Command, program


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, as every other error of ours."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(message, f"`{self.prog} --help` tells what it takes", Exit.USAGE)


@dataclass(frozen=True, slots=True)
class Argument:
    """An option or a positional argument of a command."""

    flags: tuple[str, ...]
    metavar: str
    about: str
    choices: tuple[str, ...]
    takes_value: bool
    nargs: str
    """How often a positional argument may stand there: `+`, `*`, `?`, or once."""


def parser_of(command: Command) -> Parser:
    """The parser of one command; this imports its module."""
    module = command.load()
    lines = [f"  {example.line}" for example in module.EXAMPLES]
    parser = Parser(
        prog=f"{program()} {command.name}",
        description=f"{command.about}.",
        epilog="\n".join(["examples:", *lines]).replace("modelservice ", f"{program()} ") if lines else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return parser


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[Argument]:
    """All of them in the order of the help, but for --help itself. argparse has no public list of its actions."""
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        yield Argument(
            flags=tuple(action.option_strings),
            metavar=action.metavar if isinstance(action.metavar, str) else action.dest.upper(),
            about=(action.help or "") % vars(action),
            choices=tuple(map(str, action.choices or ())),
            takes_value=action.nargs != 0,
            nargs=action.nargs if isinstance(action.nargs, str) else "",
        )
