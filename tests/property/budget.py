"""How many examples a property is tried on, in every layer: some in CI, the same ones each time; `LONG=1` tries ten
thousand new ones.
"""

from __future__ import annotations

import os

from hypothesis import Phase, settings

LONG = bool(os.environ.get("LONG"))
LIMIT = 7200 if LONG else 300
"""Seconds that one test may take."""


def tries(short: int, long: int = 10_000, shrink: bool = True) -> settings:
    """Without `shrink` a failing example is told as it was found: where each try costs requests, the sentence of the
    refusal says enough.
    """
    phases = [phase for phase in Phase if shrink or phase not in (Phase.shrink, Phase.explain)]
    return settings(phases=phases, max_examples=long if LONG else short)
