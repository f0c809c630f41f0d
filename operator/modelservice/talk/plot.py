"""Spreads as bars of text, all on one scale, so that services can be compared at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH = 48
FILLS = "█▒░"
"""Up to the 50th, the 90th and the 99th percentile."""


def bars(spreads: Mapping[str, Sequence[float]], width: int = WIDTH) -> list[str]:
    """A line for each name. Whatever was seen has at least one cell."""
    longest = max((max(values) for values in spreads.values() if values), default=0.0)
    margin = max(map(len, spreads), default=0)
    return [f"{name:{margin}}  {_bar(values, longest, width)}".rstrip() for name, values in spreads.items()]


def _bar(values: Sequence[float], longest: float, width: int) -> str:
    text = ""
    for value, fill in zip(values, FILLS, strict=False):
        cells = max(1, round(value / longest * width)) if longest else 1
        text += fill * (cells - len(text))
    return text
