"""How many examples a property is tried on: some in CI, the same ones each time; `LONG=1` tries ten thousand new."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONG = bool(os.environ.get("LONG"))
LIMIT = 7200 if LONG else 300
"""Seconds that one test may take."""


def tries(short: int, long: int = 10_000, shrink: bool = True) -> settings:
    """Generating a whole spec is slow beside a lone number, which is no fault of the test.

    Without `shrink` a failing example is told as it was found: where each try costs requests, the sentence of the
    refusal says enough.
    """
    return settings(
        phases=[phase for phase in Phase if shrink or phase not in (Phase.shrink, Phase.explain)],
        max_examples=long if LONG else short,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
