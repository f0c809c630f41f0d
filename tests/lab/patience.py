"""Looking again and again, less often the longer it takes: what waits must not eat what it waits for."""

import time
from collections.abc import Iterator

SHARE = 0.1
"""Of the time waited so far, so that nothing is seen more than a tenth too late."""
SHORTEST, LONGEST = 0.01, 0.3


def pause(waited: float) -> float:
    """Seconds until the next look, after so many."""
    return min(max(SHARE * waited, SHORTEST), LONGEST)


def looks(within: float) -> Iterator[None]:
    """One turn for each look, the last of them when the time is over."""
    began = time.monotonic()
    while True:
        over = time.monotonic() - began > within
        yield
        if over:
            return
        time.sleep(pause(time.monotonic() - began))
