"""Numbers and lists as people read them in a status; times are coarse, so that time alone rarely changes a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_STEPS = ((60, 10), (600, 60), (7200, 300))
_LAST_STEP = 1800


def elapsed(since: datetime, now: datetime) -> tuple[int, datetime]:
    """Whole seconds since then, rounded down to a step that grows with them, and when the next step is reached."""
    seconds = max(0, int((now - since).total_seconds()))
    step = next((step for below, step in _STEPS if seconds < below), _LAST_STEP)
    rounded = seconds - seconds % step
    return rounded, since + timedelta(seconds=rounded + step)


def doubling(since: datetime, now: datetime, first: timedelta) -> datetime:
    """The next of the moments that lie `first`, twice that, four times that ... after `since`."""
    step = first
    while since + step <= now:
        step *= 2
    return since + step


def moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def names(found: Iterable[str], limit: int = 5) -> str:
    """`a, b and 3 more`, each once, in alphabetical order."""
    ordered = sorted(set(found))
    rest = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {rest} more" if rest > 0 else "")


def count(number: int, noun: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


UNITS = ("B", "kB", "MB", "GB", "TB")


def size(amount: int) -> str:
    """`4.8 GB`: three digits at most, in the units that hubs show."""
    value, unit = float(amount), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if unit and value < 99.95 else f"{value:.0f} {UNITS[unit]}"


def sentence(text: str) -> str:
    """Outside text as a sentence of ours: one line, one full stop."""
    return " ".join(text.split()).rstrip(" .:;") + "."
