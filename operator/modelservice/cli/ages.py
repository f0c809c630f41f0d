"""Times as people read them: how long ago, and how long it took."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

_STEPS = ((86400, "d", 2 * 86400), (3600, "h", 3 * 3600), (60, "m", 600), (1, "s", 120))
"""A unit, and from how many seconds on it alone is told."""


def age(stamp: str | datetime | None, now: datetime | None = None) -> str:
    """How long ago that was, as kubectl's AGE has it."""
    if stamp is None or stamp == "":
        return "<unknown>"
    then = datetime.fromisoformat(stamp) if isinstance(stamp, str) else stamp
    return took(((now or datetime.now(UTC)) - then).total_seconds())


def took(seconds: float) -> str:
    """`45s`, `4m30s`, `3h`, `5d`: two units where one alone would say too little."""
    left = max(0, int(seconds))
    for (size, unit, enough), (smaller, small_unit, _) in pairwise(_STEPS):
        if left >= enough:
            return f"{left // size}{unit}"
        if left >= size and left >= 120:
            rest = left % size // smaller
            return f"{left // size}{unit}{rest}{small_unit}" if rest else f"{left // size}{unit}"
    return f"{left}s"
