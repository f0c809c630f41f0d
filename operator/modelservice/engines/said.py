"""What stands on a command line, whoever read it: options with their values and their places."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.engines.options import Option


@dataclass(frozen=True, slots=True)
class Said:
    """One option as it stands on a command line: `words` verbatim from `index` on; no `option` when nobody knows it."""

    index: int
    words: tuple[str, ...]
    name: str
    option: Option | None = None
    values: tuple[str, ...] = ()
    problem: str = ""

    @property
    def key(self) -> str:
        """One key for all names of an option."""
        return self.option.name if self.option else self.name


@dataclass(frozen=True, slots=True)
class Reading:
    """All options in the user's order, and the words that belong to none."""

    said: tuple[Said, ...]
    stray: tuple[tuple[int, str], ...]
