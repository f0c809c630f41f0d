"""What an operator may see of a ModelService, made from a few words: the base that tests of `observe` change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.resource import ModelService, parse
from modelservice.api.status import Condition, Status
from modelservice.facts.cluster import ClusterFacts, NodeFacts
from modelservice.facts.facts import EventFacts, Facts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import DeploymentFacts
from modelservice.observe.laws import broken, broken_between
from modelservice.observe.seen import Seen
from modelservice.observe.status import Observed, observe

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
REVISION = "qwen-7d4b9"
IMAGE = "vllm/vllm-openai:v0.32.0"


def ago(**delta: float) -> datetime:
    return NOW - timedelta(**delta)


def service(spec: dict[str, Any] | None = None, status: Status | None = None, **metadata: Any) -> ModelService:
    body = {
        "metadata": {"name": "qwen", "namespace": "team", "uid": "u1", "generation": 3, **metadata},
        "spec": {"model": "Qwen/Qwen2.5-7B-Instruct", "gpu": {"count": 1}, **(spec or {})},
    }
    parsed = parse(body)
    return parsed if status is None else parsed.model_copy(update={"status": status})


def engine(**changes: Any) -> ContainerFacts:
    """A container that answers."""
    base = ContainerFacts(
        name="engine", image=IMAGE, ready=True, started=True, state="running", running_since=ago(minutes=20)
    )
    return replace(base, **changes)


def waiting(reason: str, message: str = "", **changes: Any) -> ContainerFacts:
    """A container that does not run."""
    base = engine(ready=False, started=False, state="waiting", running_since=None)
    return replace(base, reason=reason, message=message, **changes)


def died(exit_code: int = 1, *, after: timedelta = timedelta(seconds=30), **changes: Any) -> Termination:
    """The end of a run, a minute ago."""
    end = ago(minutes=1)
    return Termination(exit_code, **{"started_at": end - after, "finished_at": end, "reason": "Error", **changes})


def pod(name: str = "qwen-7d4b9-x1", *containers: ContainerFacts, **changes: Any) -> PodFacts:
    """A pod of the revision that should run, ready if its engine is."""
    inside = containers or (engine(),)
    ready = all(container.ready for container in inside if not container.init)
    base = PodFacts(
        name=name,
        uid=name,
        revision=REVISION,
        phase="Running",
        node="node-1",
        created_at=ago(minutes=21),
        ready=ready,
        ready_since=ago(minutes=15) if ready else None,
        unready_since=None if ready else ago(minutes=21),
        scheduled=True,
        scheduled_at=ago(minutes=21),
        containers=inside,
    )
    return replace(base, **changes)


def homeless(message: str = "", **changes: Any) -> PodFacts:
    """A pod without a node, with the scheduler's words."""
    base = {
        "node": "",
        "phase": "Pending",
        "scheduled": False,
        "scheduled_at": None,
        "unschedulable_message": message,
        "unschedulable_since": ago(minutes=5) if message else None,
    }
    return pod("qwen-7d4b9-x1", waiting(""), **{**base, "containers": (), "ready": False, **changes})


def deployment(wanted: int = 1, **changes: Any) -> DeploymentFacts:
    base = DeploymentFacts(
        uid="d1", generation=2, observed_generation=2, revision=REVISION, wanted=wanted, replicas=wanted
    )
    return replace(base, **changes)


def node(name: str = "node-1", gpus: int = 8, product: str = "NVIDIA-H200", **changes: Any) -> NodeFacts:
    base = NodeFacts(name=name, allocatable={"nvidia.com/gpu": gpus} if gpus else {}, gpu_product=product)
    return replace(base, **changes)


def event(reason: str, message: str, about: str = "Pod/qwen-7d4b9-x1") -> EventFacts:
    return EventFacts(about, reason, message, ago(seconds=5))


STEADY = RolloutFacts(Verdict.STEADY, REVISION, current=REVISION)
TRYING = RolloutFacts(Verdict.TRYING, REVISION, current="qwen-old")


def look(
    *pods: PodFacts,
    spec: dict[str, Any] | None = None,
    status: Status | None = None,
    rollout: RolloutFacts = STEADY,
    findings: Sequence[Finding] = (),
    problems: Sequence[Finding] = (),
    gpus: int = 1,
    nodes: Sequence[NodeFacts] | None = (),
    metadata: dict[str, Any] | None = None,
    seen_facts: Facts | None = None,
    **facts: Any,
) -> Seen:
    """One look; a plain one sees a service of one replica, with the Deployment that it should have.

    `seen_facts` are all facts, as read from a real cluster.
    """
    seen = service(spec, status, **(metadata or {}))
    wanted = 0 if seen.spec.suspend else seen.spec.replicas
    cluster = ClusterFacts(nodes=None if nodes is None else tuple(nodes) or (node(),))
    known = {"now": NOW, "cluster": cluster, "deployment": deployment(wanted), "pods": tuple(pods), **facts}
    return Seen(
        seen,
        seen_facts or Facts(**known),
        tuple(findings),
        tuple(problems),
        rollout,
        OperatorConfig(),
        wanted=wanted,
        gpus=gpus,
    )


def observed(seen: Seen) -> Observed:
    """What is told of this look, after every law was held against it."""
    found = observe(seen)
    assert not broken(found.status)
    assert not broken_between(seen.previous, found.status)
    return found


def told(seen: Seen) -> Status:
    return observed(seen).status


def condition(status: Status, kind: str) -> Condition:
    return next(found for found in status.conditions if found.type == kind)
