"""Facts in; the word, the reason, the sentence and what Helm makes of it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kstatus import kstatus
from looks import NOW, condition, observed, told
from waits import CASES


@pytest.mark.parametrize("case", CASES)
def test_status_tells_what_stands_in_the_way(case):
    seen, phase, reason, helm, message = CASES[case]
    status = told(seen)
    assert (status.phase, status.message) == (phase, message)
    assert condition(status, "Ready").reason == reason
    assert kstatus(status, generation=3) == helm


@pytest.mark.parametrize("case", CASES)
def test_time_alone_changes_nothing_before_the_next_look(case):
    seen = CASES[case][0]
    first = observed(seen)
    until = first.again - timedelta(milliseconds=1) if first.again else NOW + timedelta(hours=30)
    service = seen.service.model_copy(update={"status": first.status})
    later = replace(seen, service=service, facts=replace(seen.facts, now=max(until, seen.facts.now)))
    assert observed(later).status == first.status
