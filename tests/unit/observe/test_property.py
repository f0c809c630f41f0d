"""Whatever is seen, the laws hold, and the same look gives the same status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kstatus import kstatus
from looks import NOW, REVISION, ago, condition, deployment, look, node
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.cluster import ClusterFacts, StorageClassFacts, Taint
from modelservice.facts.facts import EventFacts, LogFacts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, ReplicaSetFacts
from modelservice.observe.laws import broken, broken_between
from modelservice.observe.status import observe
from property.budget import tries

SOME = tries(60, long=3000)

TEXTS = st.sampled_from(
    [
        "",
        "boom",
        "{curly} %s \n\n two lines",
        'secret "hf" not found',
        "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint(s). preemption: no",
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: no",
        "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
        "error: unrecognized arguments: --x",
        "x" * 5000,
    ]
)
TIMES = st.none() | st.sampled_from([NOW, ago(seconds=20), ago(minutes=1), ago(hours=2), NOW + timedelta(minutes=1)])
REVISIONS = st.sampled_from([REVISION, "qwen-old", ""])
REASONS = st.sampled_from(
    [
        "",
        "ContainerCreating",
        "CrashLoopBackOff",
        "ErrImagePull",
        "CreateContainerConfigError",
        "Completed",
        "OOMKilled",
    ]
)
EVENT_REASONS = ["Pulling", "Pulled", "FailedMount", "FailedCreatePodSandBox", "Unhealthy", "Failed"]
TERMINATIONS = st.builds(
    Termination,
    exit_code=st.sampled_from([0, 1, 2, 137, 143, 255]),
    reason=REASONS,
    message=TEXTS,
    started_at=TIMES,
    finished_at=TIMES,
)
CONTAINERS = st.builds(
    ContainerFacts,
    name=st.sampled_from(["engine", "side"]),
    init=st.booleans(),
    ready=st.booleans(),
    started=st.booleans(),
    restarts=st.integers(0, 5),
    state=st.sampled_from(["waiting", "running", "terminated"]),
    reason=REASONS,
    message=TEXTS,
    running_since=TIMES,
    terminated=st.none() | TERMINATIONS,
    last_termination=st.none() | TERMINATIONS,
)
PODS = st.builds(
    PodFacts,
    name=st.sampled_from(["a", "b", "c"]),
    uid=st.just("u"),
    revision=REVISIONS,
    component=st.sampled_from(["engine", "loader"]),
    phase=st.sampled_from(["Pending", "Running", "Failed", "Succeeded"]),
    reason=st.sampled_from(["", "Evicted", "OutOfcpu"]),
    message=TEXTS,
    node=st.sampled_from(["", "node-1", "node-2"]),
    created_at=TIMES,
    deleting_since=st.none() | st.just(NOW),
    ready=st.booleans(),
    unready_since=TIMES,
    scheduled=st.booleans(),
    scheduled_at=TIMES,
    gated=st.booleans(),
    unschedulable_message=TEXTS,
    unschedulable_since=TIMES,
    containers=st.lists(CONTAINERS, max_size=2).map(tuple),
)
ROLLOUTS = st.builds(
    RolloutFacts,
    verdict=st.sampled_from(Verdict),
    target=REVISIONS,
    current=REVISIONS,
    failed=REVISIONS,
    why=TEXTS,
    why_reason=st.sampled_from(["", "Downloading", "SomethingNewer"]),
    outdated=TEXTS,
    outdated_reason=st.sampled_from(["", "NewerDefaults", "SomethingNewer"]),
)
FAULTS = [Reason.UNKNOWN_OPTION, Reason.NAME_CONFLICT, Reason.QUOTA_EXCEEDED, Reason.REJECTED, Reason.TERMINATING]
FINDINGS = st.lists(
    st.builds(Finding, st.sampled_from(FAULTS), st.sampled_from(["", "engine.args"]), TEXTS, st.booleans()), max_size=1
)
CLUSTERS = st.builds(
    ClusterFacts,
    nodes=st.none()
    | st.lists(
        st.builds(
            node,
            st.sampled_from(["node-1", "node-2"]),
            st.sampled_from([0, 2, 8]),
            ready=st.booleans(),
            schedulable=st.booleans(),
            taken=st.sampled_from([{}, {"nvidia.com/gpu": 8}]),
            taints=st.sampled_from([(), (Taint("a", "b"),), (Taint("nvidia.com/gpu"),)]),
        ),
        max_size=2,
    ).map(tuple),
    storage_classes=st.none() | st.just((StorageClassFacts("fast"),)),
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 3),
        "suspend": st.booleans(),
        "cache": st.sampled_from([{"claimName": "models"}, {"size": "1Gi"}, {"mountPath": "/models"}]),
        "nodeSelector": st.just({"pool": "gpu"}),
        "gpu": st.sampled_from([{"count": 0}, {"count": 2, "products": ["NVIDIA-H200"]}]),
        "tolerations": st.just([{"operator": "Exists"}]),
        "engine": st.sampled_from([{"type": "mock"}, {"args": ["--x"]}]),
    },
)
FACTS = st.fixed_dictionaries(
    {
        "cluster": CLUSTERS,
        "deployment": st.none() | st.builds(deployment, st.integers(0, 3), revision=REVISIONS),
        "replica_sets": st.just(())
        | st.builds(ReplicaSetFacts, st.just("rs"), st.just("u"), REVISIONS, st.just(1), failure=TEXTS).map(
            lambda rs: (rs,)
        ),
        "claim": st.none()
        | st.builds(
            ClaimFacts,
            st.just("models"),
            st.sampled_from(["Bound", "Pending", "Lost"]),
            storage_class=st.sampled_from(["", "fast", "gold"]),
            deleting=st.booleans(),
            service=st.sampled_from(["", "qwen"]),
        ),
        "foreign_autoscalers": st.sampled_from([(), ("cpu",)]),
        "events": st.lists(
            st.builds(EventFacts, st.just("Pod/a"), st.sampled_from(EVENT_REASONS), TEXTS, TIMES), max_size=2
        ).map(tuple),
        "logs": st.lists(
            st.builds(LogFacts, st.just("a"), st.just("engine"), st.booleans(), TEXTS.map(lambda text: (text,))),
            max_size=1,
        ).map(tuple),
    }
)


@st.composite
def looks(draw):
    return look(
        *draw(st.lists(PODS, max_size=3)),
        spec=draw(SPECS),
        rollout=draw(ROLLOUTS),
        findings=draw(FINDINGS),
        problems=draw(FINDINGS),
        gpus=draw(st.integers(0, 2)),
        **draw(FACTS),
    )


def again(seen, status, **changes):
    """The same look by an operator that finds `status` written."""
    service = seen.service.model_copy(update={"status": status})
    return replace(seen, service=service, facts=replace(seen.facts, **changes))


@SOME
@given(looks())
def test_laws_hold_whatever_is_seen(seen):
    assert broken(observe(seen).status) == ()


@SOME
@given(looks())
def test_observing_again_changes_nothing(seen):
    first = observe(seen)
    assert observe(seen) == first
    second = observe(again(seen, first.status))
    assert second == first


@SOME
@given(looks(), looks(), st.sampled_from([-60, 0, 1, 7200]))
def test_times_move_with_statuses_only(seen, later, seconds):
    first = observe(seen).status
    second = observe(again(later, first, now=NOW + timedelta(seconds=seconds))).status
    assert broken(second) == ()
    assert broken_between(first, second) == ()


@SOME
@given(looks())
def test_available_follows_the_pods_alone(seen):
    available = condition(observe(seen).status, "Available").status
    plain = look(*seen.facts.pods)
    assert condition(observe(plain).status, "Available").status == available


@SOME
@given(looks())
def test_being_outdated_touches_no_other_condition(seen):
    def others(outdated):
        rollout = replace(seen.rollout, outdated=outdated)
        return [
            found for found in observe(replace(seen, rollout=rollout)).status.conditions if found.type != "UpToDate"
        ]

    assert others("a newer default image") == others("")


@SOME
@given(looks())
def test_next_look_lies_ahead_and_a_stalled_service_is_left_alone(seen):
    found = observe(seen)
    assert found.again is None or found.again > NOW
    if kstatus(found.status, generation=3) == "Current":
        assert found.again is None
