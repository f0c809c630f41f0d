"""What a command shows while it works: in place and in colour on a terminal, a plain line per change elsewhere.

Data goes to standard output; all of this goes to standard error, so that a pipe stays clean.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self, TextIO


class Style(StrEnum):
    """What a word means; the colour follows from that."""

    GOOD = "32"
    BAD = "31"
    WAITING = "33"
    FAINT = "2"
    STRONG = "1"


def is_terminal(stream: TextIO) -> bool:
    """Somebody looks, and the terminal can do more than print."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def in_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """On a terminal, unless NO_COLOR is set to anything (no-color.org)."""
    return is_terminal(stream) and not environment.get("NO_COLOR")


def painted(text: str, style: Style, stream: TextIO | None = None) -> str:
    """The text in the colour of its meaning, where the stream shows colours."""
    return f"\x1b[{style}m{text}\x1b[0m" if in_colour(stream or sys.stdout) else text


@dataclass(slots=True)
class Live:
    """One line that tells how far the work is, for `with`. On a terminal the next text replaces it; elsewhere each
    text that differs is a line of its own."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _shown: str = field(default="", init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if is_terminal(self.stream):
            self._write("\r\x1b[K")

    def show(self, text: str, *, state: str = "", fleeting: str = "") -> None:
        """`fleeting` (seconds, percent) is for terminals. Elsewhere a text is a line only if its `state` is news."""
        if is_terminal(self.stream):
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[K{f'{text} {fleeting}'.rstrip()[:width]}")
        elif (state or text) != self._shown:
            self._write(f"{text}\n")
        self._shown = state or text

    def keep(self, text: str) -> None:
        """A line that stays above the living one."""
        self._write(f"\r\x1b[K{text}\n" if is_terminal(self.stream) else f"{text}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
