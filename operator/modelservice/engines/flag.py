"""A flag that we emit, and the versions of the engine that know it."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.engines.version import OLDEST, Version, text


@dataclass(frozen=True, slots=True)
class Flag:
    """`until` is the first version without it."""

    name: str
    since: Version = OLDEST
    until: Version | None = None

    def known_to(self, version: Version | None) -> bool | None:
        """None when the version is unknown and the flag was not always there: then nobody can say."""
        if version is None:
            return True if self.since == OLDEST and self.until is None else None
        return self.since <= version and (self.until is None or version < self.until)

    def range(self, engine: str) -> str:
        """For people: which versions have it."""
        begin = f"{engine} has since {text(self.since)}" if self.since != OLDEST else f"{engine} had"
        return begin + (f" and until {text(self.until)}" if self.until else "")
