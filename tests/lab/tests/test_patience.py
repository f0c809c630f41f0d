"""What waits looks often at first and seldom later, and once more when its time is over."""

import time

import pytest

from lab.patience import LONGEST, SHORTEST, looks, pause


@pytest.mark.parametrize(("waited", "seconds"), [(0.0, SHORTEST), (1.0, 0.1), (600.0, LONGEST)])
def test_pause_is_a_tenth_of_what_was_waited(waited: float, seconds: float) -> None:
    assert pause(waited) == pytest.approx(seconds)


@pytest.mark.parametrize("within", [0.0, 0.05])
def test_last_look_comes_after_the_time(within: float) -> None:
    began = time.monotonic()
    seen = [time.monotonic() - began for _ in looks(within)]
    assert seen[-1] > within
    assert len(seen) == 1 or seen[0] < within
