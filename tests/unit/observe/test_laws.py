"""Each law says so when it is broken; a status of ours breaks none."""

from __future__ import annotations

import pytest

from looks import look, pod, told
from modelservice.api.status import Condition, Status
from modelservice.observe.laws import LAWS, broken, broken_between

GOOD = told(look(pod()))


def changed(kind: str, **changes) -> list[Condition]:
    return [found.model_copy(update=changes) if found.type == kind else found for found in GOOD.conditions]


BREACHES = {
    "every_condition_once": {"conditions": GOOD.conditions[:-1]},
    "one_of_ready_reconciling_stalled": {"conditions": changed("Reconciling", status="True")},
    "not_accepted_is_stalled": {"conditions": changed("Accepted", status="False")},
    "available_follows_the_pods": {"conditions": changed("Available", status="False")},
    "ready_replicas_exist": {"replicas": 0},
    "ready_is_whole": {"ready": "1/2"},
    "conditions_speak_of_this_generation": {"conditions": changed("Ready", observed_generation=2)},
    "reasons_are_known": {"conditions": changed("Ready", reason="BecauseISaySo")},
    "phase_is_known": {"phase": "Wonderful"},
    "every_condition_says_something": {"conditions": changed("Scheduled", message=" ")},
}


def test_every_law_has_a_breach():
    assert set(BREACHES) == {law.__name__ for law in LAWS}


@pytest.mark.parametrize("law", BREACHES)
def test_law_tells_its_breach(law):
    breaches = broken(GOOD.model_copy(update=BREACHES[law]))
    assert [breach.split(":")[0] for breach in breaches] == [law]


def test_change_of_time_without_a_change_of_status_is_told():
    after = Status(conditions=changed("Ready", last_transition_time="2026-11-21T13:00:00Z"))
    assert broken_between(GOOD, after) == ("Ready: lastTransitionTime moved without its status",)


def test_time_that_goes_back_is_told():
    after = Status(conditions=changed("Ready", status="False", last_transition_time="2026-11-21T11:00:00Z"))
    assert broken_between(GOOD, after) == ("Ready: lastTransitionTime went back",)
