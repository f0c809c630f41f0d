"""What was measured against what was promised, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise: what is measured, the bar as people read it, and whether it is kept."""

    what: str
    bar: str
    measured: str
    kept: bool


def table(figures: Iterable[Figure]) -> str:
    """For a terminal, and for a note."""
    rows = [
        ("what", "bar", "measured", ""),
        *((f.what, f.bar, f.measured, "" if f.kept else "missed") for f in figures),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths[:3]), *lines[1:]])


def say(what: str) -> None:
    """What the bench does now."""
    print(f"bench: {what}", flush=True)


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
