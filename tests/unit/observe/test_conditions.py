"""Conditions keep their times, speak of this generation, and say what else a person wants to know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from looks import (
    NOW,
    REVISION,
    TRYING,
    ago,
    condition,
    deployment,
    engine,
    homeless,
    look,
    node,
    observed,
    pod,
    told,
    waiting,
)
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.status import Condition, ConditionType, Status
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts

LOADING = pod("p", engine(ready=False, started=False, running_since=ago(seconds=47)))
EARLIER, STAMP = "2026-11-21T09:00:00Z", "2026-11-21T12:00:00Z"


def before(**statuses):
    """A status as it was written before, each condition since nine o'clock."""
    return Status(
        conditions=[
            Condition(type=kind, status=status, reason="Other", message="Other.", last_transition_time=EARLIER)
            for kind, status in statuses.items()
        ]
    )


def test_condition_keeps_its_time_while_only_reason_and_message_change():
    found = condition(told(look(LOADING, status=before(Ready="False"))), "Ready")
    assert (found.reason, found.last_transition_time) == (Reason.LOADING, EARLIER)


def test_condition_takes_the_time_of_now_when_its_status_changes():
    status = told(look(pod(), status=before(Ready="False", Available="True")))
    assert condition(status, "Ready").last_transition_time == STAMP
    assert condition(status, "Available").last_transition_time == EARLIER


def test_condition_time_never_goes_back_when_clocks_differ():
    ahead = "2026-11-21T12:00:30Z"
    old = Condition(type="Ready", status="False", reason="x", message="x", last_transition_time=ahead)
    assert condition(told(look(pod(), status=Status(conditions=[old]))), "Ready").last_transition_time == ahead


def test_condition_of_a_first_status_is_of_now():
    assert {found.last_transition_time for found in told(look(pod())).conditions} == {STAMP}


def test_conditions_come_in_one_order_and_speak_of_this_generation():
    status = told(look(pod()))
    assert [found.type for found in status.conditions] == [kind.value for kind in ConditionType]
    assert {found.observed_generation for found in status.conditions} == {3}
    assert status.observed_generation == 3


def test_reconciling_says_since_when():
    since = condition(told(look(LOADING)), "Reconciling").message
    assert since.endswith("Since 2026-11-21 11:59:13 UTC.")


def test_reconciling_without_a_known_beginning_counts_from_its_own():
    found = condition(told(look(deployment=None, status=before(Reconciling="True"))), "Reconciling")
    assert found.message == "The Deployment is being made. Since 2026-11-21 09:00:00 UTC."


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (look(pod("old", revision="qwen-old"), LOADING, rollout=TRYING), "True"),
        (look(pod(deleting_since=NOW)), "False"),
        (look(pod(), findings=[Finding(Reason.UNKNOWN_OPTION, "engine.args", "no")]), "True"),
        (look(pod(component="loader")), "False"),
        (look(pod(phase="Failed")), "False"),
    ],
    ids=["old revision", "being deleted", "spec not accepted", "loader", "ended"],
)
def test_available_is_whether_any_engine_answers(seen, expected):
    assert condition(told(seen), "Available").status == expected


def test_available_says_how_many_of_how_many():
    found = condition(told(look(pod("a"), LOADING, spec={"replicas": 2})), "Available")
    assert (found.reason, found.message) == (Reason.PARTLY_READY, "1 of 2 replicas answer.")


def test_accepted_tells_warnings_and_ready_repeats_them():
    warning = Finding(Reason.UNKNOWN_OPTION, "engine.args", "--new-flag is not in the catalogue", refuses=False)
    status = told(look(pod(), findings=[warning], foreign_autoscalers=("cpu",)))
    accepted = condition(status, "Accepted")
    assert accepted.status == "True"
    assert "Warning: engine.args: --new-flag is not in the catalogue." in accepted.message
    assert "Autoscaler cpu points at the Deployment" in accepted.message
    assert status.message is not None
    assert "Warning: engine.args" in status.message


def test_accepted_tells_every_refusal():
    findings = [
        Finding(Reason.UNKNOWN_OPTION, "engine.args", "no --a"),
        Finding(Reason.INVALID_OPTION, "serving.dtype", "no b"),
    ]
    found = condition(told(look(findings=findings)), "Accepted")
    assert (found.reason, found.message) == (Reason.UNKNOWN_OPTION, "engine.args: no --a. serving.dtype: no b.")


def test_name_conflict_says_nothing_against_the_spec():
    status = told(look(problems=[Finding(Reason.NAME_CONFLICT, "", "Service qwen is not ours")]))
    assert condition(status, "Accepted").status == "True"
    assert condition(status, "Stalled").reason == Reason.NAME_CONFLICT


def test_up_to_date_tells_what_is_newer_and_leaves_ready_alone():
    rollout = RolloutFacts(
        Verdict.STEADY,
        REVISION,
        REVISION,
        outdated="The default image is v0.33.0 now.",
        outdated_reason="NewerDefaults",
    )
    status = told(look(pod(), rollout=rollout))
    found = condition(status, "UpToDate")
    assert (found.status, found.reason, found.message) == (
        "False",
        Reason.NEWER_DEFAULTS,
        "The default image is v0.33.0 now.",
    )
    assert condition(status, "Ready").status == "True"


def test_up_to_date_is_true_while_nothing_is_newer():
    found = condition(told(look(pod())), "UpToDate")
    assert (found.status, found.reason) == ("True", Reason.UP_TO_DATE)


CACHE = {"cache": {"claimName": "models"}}
CACHED = {
    "no cache": ({}, None, "True", Reason.NO_CACHE),
    "a folder, and a claim from earlier times": (
        {"cache": {"mountPath": "/models"}},
        ClaimFacts("qwen-cache", "Bound", service="qwen"),
        "True",
        Reason.NO_CACHE,
    ),
    "bound": (CACHE, ClaimFacts("models", "Bound"), "True", Reason.CACHE_READY),
    "read-only": (
        {"cache": {"claimName": "models", "readOnly": True}},
        ClaimFacts("models", "Bound"),
        "True",
        Reason.CACHE_READY,
    ),
    "missing": (CACHE, None, "False", Reason.CLAIM_MISSING),
    "lost": (CACHE, ClaimFacts("models", "Lost"), "False", Reason.CLAIM_LOST),
    "pending": (CACHE, ClaimFacts("models", "Pending"), "False", Reason.CLAIM_NOT_BOUND),
}


@pytest.mark.parametrize("case", CACHED)
def test_model_cached_follows_the_claim(case):
    spec, claim, status, reason = CACHED[case]
    found = condition(told(look(pod(), spec=spec, claim=claim)), "ModelCached")
    assert (found.status, found.reason) == (status, reason)


def test_scheduled_counts_pods_that_are_not_there():
    found = condition(told(look(pod(), spec={"replicas": 3})), "Scheduled")
    assert (found.status, found.reason, found.message) == ("False", Reason.NO_PODS, "1 of 3 pods exist.")


def test_scheduled_is_true_while_nothing_shall_run():
    found = condition(told(look(spec={"suspend": True})), "Scheduled")
    assert (found.status, found.reason) == ("True", Reason.SUSPENDED)


def test_scheduled_is_false_while_a_pod_has_no_node():
    message = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: none."
    found = condition(told(look(homeless(message), nodes=[node(taken={"nvidia.com/gpu": 8})])), "Scheduled")
    assert (found.status, found.reason) == ("False", Reason.NOT_ENOUGH_GPUS)


def test_numbers_and_addresses_are_for_people_and_autoscalers():
    status = told(look(pod("a"), LOADING, spec={"replicas": 2, "service": {"port": 80}}, gpus=1))
    assert (status.replicas, status.ready_replicas, status.ready) == (2, 1, "1/2")
    assert status.selector == "modelservice.io/name=qwen,modelservice.io/component=engine"
    assert status.url == "http://qwen.team.svc.cluster.local:80"
    assert status.open_ai_url == "http://qwen.team.svc.cluster.local:80/v1"
    assert (status.engine, status.gpu) == ("vllm", "1 x NVIDIA-H200")
    assert status.model is not None
    assert status.model.source == "Qwen/Qwen2.5-7B-Instruct"


GPU = {
    "none": ({}, 0, [node()], "CPU"),
    "asked for": ({"gpu": {"products": ["NVIDIA-A100", "NVIDIA-H200"]}}, 2, None, "2 x NVIDIA-A100, NVIDIA-H200"),
    "as its node has it": ({}, 2, [node(product="NVIDIA-L4"), node("node-2")], "2 x NVIDIA-L4"),
    "unknown": ({"gpu": {"resourceName": "amd.com/gpu"}}, 2, None, "2 x amd.com/gpu"),
}


@pytest.mark.parametrize("case", GPU)
def test_gpu_says_how_many_of_what(case):
    spec, gpus, nodes, expected = GPU[case]
    assert told(look(pod(), spec=spec, gpus=gpus, nodes=nodes)).gpu == expected


def test_refused_edit_changes_no_address():
    previous = Status(url="http://qwen.team.svc.cluster.local:80", engine="vllm", gpu="1 x NVIDIA-H200")
    refusal = [Finding(Reason.INVALID_OPTION, "x", "no")]
    status = told(look(pod(), spec={"service": {"port": 9}}, status=previous, findings=refusal, gpus=4))
    assert (status.url, status.gpu) == (previous.url, previous.gpu)


REVISIONS = {
    "steady": (RolloutFacts(Verdict.STEADY, "b", "b"), "b", None),
    "first": (RolloutFacts(Verdict.TRYING, "a"), None, "a"),
    "trying": (RolloutFacts(Verdict.TRYING, "b", "a"), "a", "b"),
    "reverted": (RolloutFacts(Verdict.REVERTED, "a", "a", failed="b", why="it failed"), "a", "b"),
    "nothing may run": (RolloutFacts(Verdict.HELD, ""), None, None),
}


@pytest.mark.parametrize("case", REVISIONS)
def test_revisions_are_the_last_good_one_and_the_one_being_tried(case):
    rollout, current, update = REVISIONS[case]
    status = told(look(pod(), rollout=rollout))
    assert (status.current_revision, status.update_revision) == (current, update)


def test_loading_is_looked_at_again_when_its_sentence_changes():
    found = observed(look(LOADING))
    assert found.again == NOW + timedelta(seconds=3)


@pytest.mark.parametrize(("waited", "next_look"), [(5, 30), (30, 60), (70, 120), (500, 960)])
def test_events_of_a_pod_in_the_making_are_looked_for_ever_less_often(waited, next_look):
    made = pod("p", waiting("ContainerCreating"), scheduled_at=ago(seconds=waited))
    assert observed(look(made)).again == ago(seconds=waited) + timedelta(seconds=next_look)


def test_scheduler_that_looks_at_no_pod_is_told_when_its_grace_is_over():
    new = homeless(created_at=ago(seconds=10))
    found = observed(look(new))
    assert found.again == ago(seconds=10) + timedelta(seconds=30)
    late = told(look(new, now=found.again))
    assert "No scheduler has looked at the pod" in condition(late, "Scheduled").message


def test_help_is_waited_for_until_the_startup_budget_is_over():
    message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. x"
    waits = homeless(message, unschedulable_since=ago(minutes=50))
    found = observed(look(waits, nodes=None))
    assert found.again == ago(minutes=50) + timedelta(seconds=3600)
    assert condition(found.status, "Reconciling").status == "True"
    late = told(look(waits, nodes=None, now=NOW + timedelta(minutes=10), deployment=deployment()))
    assert condition(late, "Stalled").status == "True"


def test_waiting_for_a_free_gpu_is_never_a_fault():
    message = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: none."
    waits = homeless(message, unschedulable_since=ago(days=3))
    status = told(look(waits, nodes=[node(taken={"nvidia.com/gpu": 8})]))
    assert condition(status, "Reconciling").status == "True"


def test_overlong_message_is_cut_to_what_fits():
    found = told(look(problems=[Finding(Reason.REJECTED, "podTemplate", "x" * 50_000)]))
    assert found.message is not None
    assert len(found.message) <= 2000
    assert max(len(told_of.message) for told_of in found.conditions) <= 2000
