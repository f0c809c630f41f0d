"""How `bench` tells what it measured: a column for each server and a picture for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelservice.cli.output import as_table
from modelservice.talk.figures import PERCENTILES, Figures
from modelservice.talk.plot import bars

SPREADS: Mapping[str, tuple[str, Callable[[Figures], tuple[float, ...]]]] = {
    "first token": ("firstTokenSeconds", lambda one: one.first),
    "between tokens": ("betweenTokensSeconds", lambda one: one.between),
    "whole answer": ("totalSeconds", lambda one: one.total),
}
"""What people call it, what JSON does, and where it is."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One server."""

    name: str
    model: str
    round_trip: float
    figures: Figures


def as_text(all: Sequence[Measured]) -> str:
    rows: list[list[str]] = [
        ["answered", *(f"{one.figures.answered} of {one.figures.requests}" for one in all)],
        ["wall time", *(_time(one.figures.wall) for one in all)],
        ["answers/s", *(f"{one.figures.requests_per_second:.2f}" for one in all)],
        ["tokens/s", *(f"{one.figures.tokens_per_second:.1f}" for one in all)],
    ]
    for title, (_, of) in SPREADS.items():
        for place, percent in enumerate(PERCENTILES):
            rows.append([f"{title}, p{percent}", *(_time(*of(one.figures)[place : place + 1]) for one in all)])
    rows.append(["empty round trip", *(_time(one.round_trip) for one in all)])
    text = as_table(["", *(one.name for one in all)], rows)
    for title, (_, of) in SPREADS.items():
        longest = max((max(of(one.figures), default=0.0) for one in all), default=0.0)
        scale = " ".join(f"{fill} p{percent}" for fill, percent in zip("█▒░", PERCENTILES, strict=True))
        picture = bars({one.name: of(one.figures) for one in all})
        text += "\n".join(["", f"{title}, up to {_time(longest)} ({scale})", *picture, ""])
    return text


def as_json(one: Measured) -> dict[str, Any]:
    seen = one.figures
    return {
        "name": one.name,
        "model": one.model,
        "requests": seen.requests,
        "answered": seen.answered,
        "errors": dict(seen.errors),
        "wallSeconds": seen.wall,
        "tokens": seen.tokens,
        "tokensPerSecond": seen.tokens_per_second,
        "requestsPerSecond": seen.requests_per_second,
        **{name: _percentiles(of(seen)) for name, of in SPREADS.values()},
        "roundTripSeconds": one.round_trip,
    }


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {f"p{percent}": value for percent, value in zip(PERCENTILES, values, strict=False)}


def _time(seconds: float | None = None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
