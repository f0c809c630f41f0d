"""Asking before something is done that cannot simply be undone."""

from __future__ import annotations

import argparse
import sys

from modelservice.cli.exits import CommandError, Exit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def ask(question: str, arguments: argparse.Namespace) -> None:
    """Return if the user agrees; a script must say so beforehand."""
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Nobody is there to answer", "--yes answers", Exit.USAGE)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was done")
