"""What many requests come to: percentiles and speeds. Failed ones count as errors and in no other figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from modelservice.talk.load import Outcome

PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, and tokens of answers. A spread has a value for each of PERCENTILES, and none where nothing was seen."""

    requests: int
    errors: Mapping[str, int]
    wall: float
    tokens: int
    first: tuple[float, ...]
    between: tuple[float, ...]
    total: tuple[float, ...]

    @property
    def answered(self) -> int:
        return self.requests - sum(self.errors.values())

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.wall if self.wall else 0.0

    @property
    def requests_per_second(self) -> float:
        return self.answered / self.wall if self.wall else 0.0


def figures(seen: Sequence[Outcome]) -> Figures:
    """Of one run."""
    good = [one for one in seen if not one.error]
    return Figures(
        requests=len(seen),
        errors=dict(Counter(one.error for one in seen if one.error).most_common()),
        wall=max(one.ended for one in seen) - min(one.began for one in seen) if seen else 0.0,
        tokens=sum(one.tokens for one in good),
        first=spread([one.pieces[0] - one.began for one in good if one.pieces]),
        between=spread([later - earlier for one in good for earlier, later in pairwise(one.pieces)]),
        total=spread([one.total for one in good]),
    )


def spread(values: Sequence[float]) -> tuple[float, ...]:
    """The percentiles by the nearest rank: each of them is a value that was seen."""
    ranked = sorted(values)
    return tuple(ranked[math.ceil(percent / 100 * len(ranked)) - 1] for percent in PERCENTILES) if ranked else ()
