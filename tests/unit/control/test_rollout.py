"""Rollouts as sequences of passes: what each pass sees, and what it decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.control import rollout
from modelservice.facts.cluster import ClusterFacts, NodeFacts
from modelservice.facts.facts import EventFacts, Facts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import DeploymentFacts, JobFacts, ReplicaSetFacts, RevisionFacts
from modelservice.render.prepared import Prepared

START = datetime(2026, 1, 1, tzinfo=UTC)
BUDGET = 3600
REFUSED = Finding(Reason.UNKNOWN_OPTION, "spec.engine.args", "vLLM has no option --dtyp; did you mean --dtype?")


def revision(name: str, failed: str = "") -> RevisionFacts:
    return RevisionFacts(name, 1, {}, {}, {}, failed=failed, failed_reason=Reason.CRASH_LOOP if failed else "")


def deployment(of: str, ready: int = 0, wanted: int = 1, **changes: int) -> DeploymentFacts:
    facts = DeploymentFacts(
        "uid", 1, 1, of, wanted=wanted, replicas=wanted, updated=wanted, ready=ready, available=ready
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def pod(of: str, *containers: ContainerFacts, **changes: object) -> PodFacts:
    facts = PodFacts("pod", "uid", revision=of, scheduled=True, scheduled_at=START, containers=containers)
    return replace(facts, **changes)  # type: ignore[arg-type]


def running(restarts: int = 0, since: datetime = START, **changes: object) -> ContainerFacts:
    facts = ContainerFacts("engine", restarts=restarts, state="running", running_since=since)
    return replace(facts, **changes)  # type: ignore[arg-type]


def crashed(restarts: int) -> ContainerFacts:
    end = Termination(1, "Error", finished_at=START)
    return ContainerFacts("engine", restarts=restarts, state="waiting", reason="CrashLoopBackOff", last_termination=end)


@dataclass(frozen=True)
class Pass:
    """One pass: what it sees, and what it must decide."""

    sees: str
    decides: RolloutFacts
    asks: str | None = "b"
    """The revision that the inputs ask for; None when the spec is refused."""
    deployment: DeploymentFacts | None = None
    pods: tuple[PodFacts, ...] = ()
    replica_sets: tuple[ReplicaSetFacts, ...] = ()
    failed: str = ""
    """The mark on the asked revision."""
    after: float = 60
    spec: dict[str, object] = field(default_factory=dict)
    gpus: int = 0
    jobs: tuple[JobFacts, ...] = ()
    pruning: bool = False
    known: tuple[str, ...] = ()
    """Revisions that are stored besides those of the story."""
    fetched_by: tuple[str, ...] = ()
    """The Jobs of the asked revision."""
    events: tuple[EventFacts, ...] = ()


def steady(target: str, current: str) -> RolloutFacts:
    return RolloutFacts(Verdict.STEADY, target, current)


def trying(target: str, current: str, why: str = "", why_reason: str = "") -> RolloutFacts:
    return RolloutFacts(Verdict.TRYING, target, current, why=why, why_reason=why_reason)


def reverted(why: str, why_reason: str = Reason.CRASH_LOOP) -> RolloutFacts:
    return RolloutFacts(Verdict.REVERTED, "a", "a", failed="b", why=why, why_reason=why_reason)


def held(target: str, current: str) -> RolloutFacts:
    return RolloutFacts(Verdict.HELD, target, current, why=REFUSED.message, why_reason=REFUSED.reason)


def no_place() -> RolloutFacts:
    why = (
        "The change waits. A replica asks for 9 nvidia.com/gpu on one node, and the biggest that matches has 8. "
        "Lower gpu.count."
    )
    return RolloutFacts(Verdict.HELD, "a", "a", why=why, why_reason=Reason.NOT_ENOUGH_GPUS)


def pruned() -> RolloutFacts:
    return RolloutFacts(Verdict.HELD, "a", "a", why=rollout.PRUNING, why_reason=Reason.PROGRESSING)


def fetching(target: str = "a") -> RolloutFacts:
    why = "The change waits until its model is in the cache."
    return RolloutFacts(Verdict.HELD, target, target, why=why, why_reason=Reason.DOWNLOADING, fetching="b")


CRASHED = "its pods crashed 3 times, the last time with exit code 1"
LATE = "pod pod did not answer within 3600 s of its start (startupTimeoutSeconds)"

JOBS = ("one", "two")
DONE = tuple(JobFacts(name, f"uid-{name}", complete=True) for name in JOBS)

STORIES: dict[str, Sequence[Pass]] = {
    "a first revision is tried until it answers": (
        Pass("nothing yet", trying("b", "")),
        Pass("its pods are made", trying("b", ""), deployment=deployment("b", updated=0, replicas=0)),
        Pass("its pod loads", trying("b", ""), deployment=deployment("b"), pods=(pod("b", running()),)),
        Pass("it answers", steady("b", "b"), deployment=deployment("b", ready=1)),
        Pass("it crashes later", steady("b", "b"), deployment=deployment("b"), pods=(pod("b", crashed(5)),)),
    ),
    "a first revision waits for its model": (
        Pass("nothing yet", fetching(""), fetched_by=JOBS),
        Pass("one of two is there", fetching(""), fetched_by=JOBS, jobs=(DONE[0], JobFacts("two", "u2"))),
        Pass("one failed", fetching(""), fetched_by=JOBS, jobs=(DONE[0], JobFacts("two", "u2", failed=True))),
        Pass("both are", trying("b", ""), fetched_by=JOBS, jobs=DONE),
        Pass("the Jobs have gone", trying("b", ""), fetched_by=JOBS, deployment=deployment("b")),
        Pass("it answers", steady("b", "b"), fetched_by=JOBS, deployment=deployment("b", ready=1)),
    ),
    "a revision that begins while old ones are removed waits for the end": (
        Pass("the edit", pruned(), deployment=deployment("a", ready=1), pruning=True),
        Pass("it is over", trying("b", "a"), deployment=deployment("a", ready=1)),
        Pass("another begins", trying("b", "a"), deployment=deployment("b"), pruning=True, known=("b",)),
    ),
    "the old revision serves while the new one's model is fetched": (
        Pass("the edit", fetching(), fetched_by=JOBS, deployment=deployment("a", ready=1)),
        Pass("it is there", trying("b", "a"), fetched_by=JOBS, jobs=DONE, deployment=deployment("a", ready=1)),
        Pass("applied", trying("b", "a"), fetched_by=JOBS, deployment=deployment("b")),
        Pass("another edit", trying("c", "a"), asks="c", deployment=deployment("a", ready=1)),
    ),
    "a suspended service fetches too, so that it may start at once": (
        Pass("suspended", fetching(""), fetched_by=JOBS, spec={"suspend": True}),
    ),
    "a first revision that crashes has nothing to return to": (
        Pass(
            "three crashes",
            trying("b", "", CRASHED, Reason.CRASH_LOOP),
            deployment=deployment("b"),
            pods=(pod("b", crashed(2)),),
        ),
    ),
    "a new revision is promoted only when all its pods answer and none of the old are left": (
        Pass("the edit", trying("b", "a"), deployment=deployment("a", ready=1)),
        Pass("one of two", trying("b", "a"), deployment=deployment("b", ready=1, wanted=2), spec={"replicas": 2}),
        Pass(
            "an old pod is left",
            trying("b", "a"),
            deployment=deployment("b", ready=3, wanted=2, replicas=3),
            spec={"replicas": 2},
        ),
        Pass(
            "the status is of an earlier generation",
            trying("b", "a"),
            deployment=deployment("b", ready=2, wanted=2, generation=2),
            spec={"replicas": 2},
        ),
        Pass("both", steady("b", "b"), deployment=deployment("b", ready=2, wanted=2), spec={"replicas": 2}),
    ),
    "a revision is taken back at the third crash and stays so": (
        Pass("two crashes", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", crashed(1)),)),
        Pass("the next run", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", running(2)),)),
        Pass("the third", reverted(CRASHED), deployment=deployment("b"), pods=(pod("b", crashed(2)),)),
        Pass("its mark", reverted(CRASHED), deployment=deployment("a"), failed=CRASHED),
        Pass("the old one answers", reverted(CRASHED), deployment=deployment("a", ready=1), failed=CRASHED),
        Pass(
            "a scale-up of what is back",
            reverted(CRASHED),
            deployment=deployment("a", ready=1),
            failed=CRASHED,
            spec={"replicas": 3},
        ),
        Pass("the next edit", trying("c", "a"), asks="c", deployment=deployment("a", ready=1)),
    ),
    "an edit back to what worked ends the trial": (
        Pass("b crashes", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", crashed(1)),)),
        Pass("the edit back", steady("a", "a"), asks="a", deployment=deployment("b"), pods=(pod("b", crashed(1)),)),
        Pass(
            "b again, while its first pods still stop",
            trying("b", "a"),
            deployment=deployment("b"),
            pods=(pod("b", crashed(7), deleting_since=START),),
        ),
    ),
    "a revision that does not answer in time is taken back": (
        Pass("just before", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", running()),), after=3599),
        Pass(
            "just after",
            reverted(LATE, Reason.STARTUP_TIMEOUT),
            deployment=deployment("b"),
            pods=(pod("b", running()),),
            after=3600,
        ),
    ),
    "why a revision does not answer is told where the kubelet knows": (
        Pass(
            "just after",
            reverted(
                f"{LATE}: it answers 404 at its probe's path. Check engine.image and podTemplate",
                Reason.STARTUP_TIMEOUT,
            ),
            deployment=deployment("b"),
            pods=(pod("b", running()),),
            events=(EventFacts("Pod/pod", "Unhealthy", "Startup probe failed: ... statuscode: 404", START),),
            after=3600,
        ),
    ),
    "an image that never comes counts from the pod's arrival on its node": (
        Pass(
            "pulling",
            trying("b", "a"),
            deployment=deployment("b"),
            pods=(pod("b", ContainerFacts("engine", reason="ImagePullBackOff")),),
        ),
        Pass(
            "still pulling",
            reverted(LATE, Reason.STARTUP_TIMEOUT),
            deployment=deployment("b"),
            pods=(pod("b", ContainerFacts("engine", reason="ImagePullBackOff")),),
            after=3600,
        ),
    ),
    "waiting for a node never counts": (
        Pass(
            "two days without a node",
            trying("b", "a"),
            deployment=deployment("b"),
            pods=(pod("b", scheduled=False, scheduled_at=None, unschedulable_since=START),),
            after=2 * 86400,
        ),
    ),
    "a start that the kubelet ended at the budget is taken back": (
        Pass(
            "the next run",
            reverted(LATE, Reason.STARTUP_TIMEOUT),
            deployment=deployment("b"),
            pods=(
                pod(
                    "b",
                    running(
                        1,
                        since=START + timedelta(seconds=3605),
                        last_termination=Termination(
                            137, "Error", started_at=START, finished_at=START + timedelta(seconds=3600)
                        ),
                    ),
                ),
            ),
            after=3610,
        ),
    ),
    "a pod that has started once is not late": (
        Pass(
            "it answers no more",
            trying("b", "a"),
            deployment=deployment("b", ready=0, wanted=2),
            pods=(pod("b", running(started=True)),),
            after=9000,
            spec={"replicas": 2},
        ),
    ),
    "pods that the cluster refuses are a failure after the budget, but for quota": (
        Pass(
            "refused",
            trying("b", "a"),
            deployment=deployment("b"),
            replica_sets=(ReplicaSetFacts("rs", "uid", "b", wanted=1, failure="violates X", failure_since=START),),
        ),
        Pass(
            "refused for long",
            reverted("the cluster refuses its pods: violates X", Reason.POD_REFUSED),
            deployment=deployment("b"),
            replica_sets=(ReplicaSetFacts("rs", "uid", "b", wanted=1, failure="violates X", failure_since=START),),
            after=3600,
        ),
        Pass(
            "no quota",
            trying("b", "a"),
            deployment=deployment("b"),
            replica_sets=(
                ReplicaSetFacts("rs", "uid", "b", wanted=1, failure="exceeded quota: q", failure_since=START),
            ),
            after=3600,
        ),
    ),
    "nothing is tried, promoted or taken back while nothing shall run": (
        Pass("suspended", steady("b", "a"), deployment=deployment("a", ready=1), spec={"suspend": True}),
        Pass("stopped", steady("b", "a"), deployment=deployment("b", wanted=0), spec={"suspend": True}),
        Pass("resumed", trying("b", "a"), deployment=deployment("b")),
        Pass("crashed", reverted(CRASHED), deployment=deployment("b"), pods=(pod("b", crashed(2)),)),
    ),
    "what serves makes no room for a change that fits on no node": (
        Pass("asks for 9 of 8", no_place(), deployment=deployment("a", ready=1), gpus=9),
        Pass("asks for 8", trying("b", "a"), deployment=deployment("a", ready=1), gpus=8),
    ),
    "a strategy that the user names is carried out though no node has room": (
        Pass(
            "asks for 9 of 8",
            trying("b", "a"),
            deployment=deployment("a", ready=1),
            gpus=9,
            spec={"rollout": {"strategy": "Recreate"}},
        ),
    ),
    "a first revision that fits on no node is made all the same, so that a node may come for it": (
        Pass("asks for 9 of 8", trying("b", ""), gpus=9),
    ),
    "a refused spec touches nothing": (
        Pass("a serves", held("a", "a"), asks=None, deployment=deployment("a", ready=1)),
        Pass("a's Deployment was deleted", held("a", "a"), asks=None),
    ),
    "a refused spec does not keep what fails": (
        Pass("b loads", held("b", "a"), asks=None, deployment=deployment("b"), pods=(pod("b", running()),)),
        Pass("b crashed", held("a", "a"), asks=None, deployment=deployment("b"), pods=(pod("b", crashed(2)),)),
    ),
    "what became Ready while the spec was refused is what later edits return to": (
        Pass("b answers", held("b", "b"), asks=None, deployment=deployment("b", ready=1)),
        Pass("the edit is mended", trying("c", "b"), asks="c", deployment=deployment("b", ready=1)),
    ),
    "a lost status does not try again what was taken back": (
        Pass("a runs and the mark is there", reverted(CRASHED), deployment=deployment("a"), failed=CRASHED),
    ),
    "a deleted Deployment is made again": (
        Pass("b serves", steady("b", "b"), deployment=deployment("b", ready=1)),
        Pass("it is gone", steady("b", "b")),
    ),
}

BEFORE = {
    "a first revision is tried until it answers": "",
    "a first revision that crashes has nothing to return to": "",
    "a first revision waits for its model": "",
    "a suspended service fetches too, so that it may start at once": "",
    "a first revision that fits on no node is made all the same, so that a node may come for it": "",
    "a deleted Deployment is made again": "b",
    "a lost status does not try again what was taken back": "",
}
"""The revision that was Ready last when the story begins, where it is not `a`."""


@pytest.mark.parametrize("story", STORIES)
def test_rollout_decides_by_what_is_seen(story: str) -> None:
    current = BEFORE.get(story, "a")
    for step in STORIES[story]:
        decision = decide(current, step)
        assert decision == step.decides, step.sees
        current = decision.current


def test_rollout_looks_again_when_the_budget_of_a_loading_pod_ends() -> None:
    step = Pass("it loads", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", running()),))
    prepared, facts = seen(step)
    decision = rollout.decide("a", prepared, facts)
    assert rollout.next_deadline(decision, prepared, facts) == START + timedelta(seconds=BUDGET)


def test_rollout_that_waits_for_a_node_looks_again_soon() -> None:
    prepared, facts = seen(Pass("asks for 9 of 8", no_place(), deployment=deployment("a", ready=1), gpus=9))
    assert rollout.next_deadline(no_place(), prepared, facts) == facts.now + rollout.LOOK_FOR_A_PLACE


def test_rollout_that_waits_for_files_to_be_removed_looks_again_soon() -> None:
    prepared, facts = seen(Pass("the edit", pruned(), deployment=deployment("a", ready=1), pruning=True))
    assert rollout.next_deadline(pruned(), prepared, facts) == facts.now + rollout.LOOK_FOR_THE_END


def test_rollout_that_waits_for_a_model_hears_of_it_from_the_job() -> None:
    prepared, facts = seen(Pass("the edit", fetching(), fetched_by=JOBS, deployment=deployment("a", ready=1)))
    assert rollout.next_deadline(fetching(), prepared, facts) is None


def test_rollout_gives_a_pod_the_whole_budget_after_its_download() -> None:
    loader = ContainerFacts("loader", init=True, state="running", running_since=START)
    loads = Pass("it loads", trying("b", "a"), deployment=deployment("b"), pods=(pod("b", loader),), after=2 * BUDGET)
    assert decide("a", loads) == loads.decides
    end = Termination(0, "Completed", finished_at=START + timedelta(seconds=2 * BUDGET))
    loaded = pod("b", replace(loader, state="terminated", running_since=None, terminated=end), ContainerFacts("engine"))
    prepared, facts = seen(replace(loads, pods=(loaded,), after=2 * BUDGET + 1))
    assert rollout.decide("a", prepared, facts) == loads.decides
    assert rollout.next_deadline(loads.decides, prepared, facts) == START + timedelta(seconds=3 * BUDGET)


def test_rollout_in_steady_state_has_no_deadline() -> None:
    step = Pass("it reloads", steady("b", "b"), deployment=deployment("b"), pods=(pod("b", running()),))
    prepared, facts = seen(step)
    assert rollout.next_deadline(rollout.decide("b", prepared, facts), prepared, facts) is None


def test_rollout_says_what_today_would_be_rendered_differently() -> None:
    prepared, facts = seen(Pass("b serves", steady("b", "b"), deployment=deployment("b", ready=1)))
    outdated = replace(prepared, outdated="image a:1 is now a:2", outdated_reason=Reason.NEWER_DEFAULTS)
    decision = rollout.decide("b", outdated, facts)
    assert (decision.outdated, decision.outdated_reason) == ("image a:1 is now a:2", Reason.NEWER_DEFAULTS)


def decide(current: str, step: Pass) -> RolloutFacts:
    return rollout.decide(current, *seen(step))


def seen(step: Pass) -> tuple[Prepared, Facts]:
    spec = ModelServiceSpec.model_validate({"model": "m/m", "startupTimeoutSeconds": BUDGET, **step.spec})
    candidate = None if step.asks is None else revision(step.asks, step.failed)
    if candidate and step.fetched_by:
        candidate = replace(candidate, jobs={name: {} for name in step.fetched_by})
    facts = Facts(
        now=START + timedelta(seconds=step.after),
        deployment=step.deployment,
        pods=step.pods,
        replica_sets=step.replica_sets,
        jobs=step.jobs,
        events=step.events,
        revisions=tuple(revision(name) for name in ("a", "b") if name != step.asks or name in step.known),
        pruning=step.pruning,
        cluster=ClusterFacts(nodes=(NodeFacts("n", allocatable={"nvidia.com/gpu": 8}),)),
    )
    return Prepared(spec, step.gpus, (REFUSED,) if candidate is None else (), candidate), facts
