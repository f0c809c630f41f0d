"""A file or standard input as text: what cannot be read is one sentence, whichever command was to read it."""

from __future__ import annotations

import sys
from pathlib import Path

from modelservice.cli.exits import CommandError, Exit

STDIN = "-"


def text_of(path: str, exit_code: Exit = Exit.NOT_SO) -> str:
    """`-` is standard input."""
    name = "standard input" if path == STDIN else path
    try:
        return sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}", exit_code=exit_code) from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is no text in UTF-8", exit_code=exit_code) from error
