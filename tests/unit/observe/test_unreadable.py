"""A spec that cannot be read is not accepted; what runs goes on, and is told of as it was."""

from __future__ import annotations

from looks import NOW, condition, deployment, pod, told
from modelservice.api.config import OperatorConfig
from modelservice.api.reasons import Reason
from modelservice.api.resource import Metadata
from modelservice.api.status import Status
from modelservice.facts.facts import Facts
from modelservice.observe.unreadable import unreadable

WHO = Metadata(name="qwen", namespace="team", generation=4)
BEFORE = Status(url="http://qwen.team.svc.cluster.local:80", engine="vllm", current_revision="qwen-7d4b9")


def test_unreadable_spec_names_the_field_and_leaves_what_runs_available():
    facts = Facts(NOW, deployment=deployment(2), pods=(pod("a"), pod("b")))
    status = told(unreadable(WHO, BEFORE, facts, "spec.replicas: Input should be a valid integer", OperatorConfig()))
    assert (status.phase, status.ready, status.current_revision) == ("Invalid", "2/2", "qwen-7d4b9")
    assert condition(status, "Accepted").reason == Reason.INVALID_SPEC
    assert condition(status, "Available").status == "True"
    assert "spec.replicas: Input should be a valid integer" in (status.message or "")
    assert (status.url, status.engine) == (BEFORE.url, "vllm")


def test_unreadable_spec_of_something_that_never_ran():
    status = told(unreadable(WHO, Status(), Facts(NOW), "spec.model: Field required", OperatorConfig()))
    assert (status.phase, status.ready) == ("Invalid", "0/1")
    assert condition(status, "Stalled").status == "True"
