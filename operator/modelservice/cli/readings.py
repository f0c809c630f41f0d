"""How busy a model server is, read off its metrics, and how fast it was between two readings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from modelservice.engines.catalogue import ENGINES
from modelservice.engines.meters import Meters

METERS: Sequence[Meters] = tuple({engine.meters: None for engine in ENGINES.values() if engine.meters})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a server tells at a moment; None where it does not tell."""

    running: float | None = None
    waiting: float | None = None
    generated: float | None = None
    prompted: float | None = None
    cache: float | None = None
    first_seconds: float | None = None
    """All that clients have waited for their answers to begin ..."""
    firsts: float | None = None
    """... and how many did."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is shown: requests now, tokens a second over the interval, the share of the cache that is taken, and the
    seconds until the answers that began in the interval did."""

    running: float | None = None
    waiting: float | None = None
    generated_per_second: float | None = None
    prompted_per_second: float | None = None
    cache: float | None = None
    first_token: float | None = None


def read(text: str) -> Reading | None:
    """A page of metrics, by whichever engine's names are on it: an own image may hold any. None where it has none."""
    values: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not math.isnan(sample.value):
                values.setdefault(sample.name, []).append(sample.value)
    meters = next((known for known in METERS if known.running in values), None)
    if meters is None:
        return None

    def total(name: str) -> float | None:
        return sum(values[name]) if name in values else None

    return Reading(
        total(meters.running),
        total(meters.waiting),
        total(meters.generated),
        total(meters.prompted),
        # A pod with several ranks is as full as its fullest.
        max((value for name in meters.cache for value in values.get(name, ())), default=None),
        total(f"{meters.first_token}_sum"),
        total(f"{meters.first_token}_count"),
    )


def load(before: Reading | None, after: Reading, seconds: float) -> Load:
    """Of one server. A counter that has gone back was begun anew, so nobody knows how fast it was."""

    def grown(was: float | None, now: float | None) -> float | None:
        return None if was is None or now is None or now < was else now - was

    def rate(was: float | None, now: float | None) -> float | None:
        more = grown(was, now)
        return None if more is None else more / seconds

    before = before or Reading()
    waited, began = grown(before.first_seconds, after.first_seconds), grown(before.firsts, after.firsts)
    return Load(
        after.running,
        after.waiting,
        rate(before.generated, after.generated),
        rate(before.prompted, after.prompted),
        after.cache,
        waited / began if waited is not None and began else None,
    )


def together(loads: Iterable[Load]) -> Load:
    """Of several servers: sums, cache and first token of an average one. What none of them tells stays unknown."""
    seen = list(loads)

    def total(values: Iterable[float | None]) -> float | None:
        told = [value for value in values if value is not None]
        return sum(told) if told else None

    def average(values: Iterable[float | None]) -> float | None:
        told = [value for value in values if value is not None]
        return sum(told) / len(told) if told else None

    return Load(
        total(one.running for one in seen),
        total(one.waiting for one in seen),
        total(one.generated_per_second for one in seen),
        total(one.prompted_per_second for one in seen),
        average(one.cache for one in seen),
        average(one.first_token for one in seen),
    )
