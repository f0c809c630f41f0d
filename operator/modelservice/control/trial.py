"""Judges a revision that is being tried by what its new pods do.

A revision fails when its pods crash three times, or when a pod that has a node does not answer within the startup
budget. Waiting for a node, or for quota, is nobody's fault and never counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.facts import Facts
from modelservice.facts.marks import ENGINE
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.workload import DeploymentFacts
from modelservice.observe.ends import last_words
from modelservice.observe.loader_log import is_loader
from modelservice.observe.probes import probe_trouble

CRASHES = 3
KILLED = frozenset({137, 143})
"""Exit codes of a container that the kubelet stopped: SIGKILL and SIGTERM."""
KILL_EARLY = 0.9
KILL_LATE = timedelta(minutes=5)
"""When the kubelet ends a start that takes too long, around the budget: probes tick, and stopping takes time."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a revision fails, in a word and in the second half of a sentence."""

    reason: Reason
    what: str


def succeeded(deployment: DeploymentFacts, wanted: int) -> bool:
    """Every wanted replica is of the Deployment's present template and answers, and none of another is left."""
    return (
        wanted > 0
        and deployment.observed_generation >= deployment.generation
        and deployment.wanted == wanted
        and deployment.updated == deployment.replicas == wanted
        and deployment.ready >= wanted
    )


def trouble(facts: Facts, revision: str, spec: ModelServiceSpec) -> Trouble | None:
    """Why this revision fails, or nothing as long as it may still succeed."""
    budget = timedelta(seconds=spec.startup_timeout_seconds)
    pods = tuple(_trying(facts, revision))
    crashes = sum(_crashes(pod) for pod in pods)
    overdue = next((pod for pod in pods if _late(pod, budget, facts.now)), None)
    if overdue is not None:
        seconds = int(budget.total_seconds())
        what = f"pod {overdue.name} did not answer within {seconds} s of its start (startupTimeoutSeconds)"
        return Trouble(Reason.STARTUP_TIMEOUT, what + _heard(facts, spec, overdue))
    if crashes >= CRASHES:
        return _crash_loop(facts, spec, pods, crashes)
    return _refused(facts, revision, budget)


def next_deadline(facts: Facts, revision: str, budget: timedelta) -> datetime | None:
    """When time alone may turn this revision into a failure."""
    starts = [start for pod in _trying(facts, revision) if (start := _start(pod)) is not None]
    starts += _refused_since(facts, revision)
    return min((start + budget for start in starts if start + budget > facts.now), default=None)


def _trying(facts: Facts, revision: str) -> Iterator[PodFacts]:
    """The pods that speak for the revision: those of an earlier trial are on their way out."""
    for pod in facts.pods:
        if pod.revision == revision and pod.component == ENGINE and pod.deleting_since is None and not pod.ready:
            yield pod


def _crashes(pod: PodFacts) -> int:
    """A restart count lags behind by the run that has just ended."""
    evicted = int(pod.phase == "Failed" and pod.reason == "Evicted")
    return evicted + sum(container.restarts + _ended(container) for container in pod.containers)


def _ended(container: ContainerFacts) -> int:
    if container.state == "terminated":
        clean = container.init and container.terminated is not None and container.terminated.exit_code == 0
        return int(not clean)
    return int(container.state == "waiting" and container.reason == "CrashLoopBackOff")


def _late(pod: PodFacts, budget: timedelta, now: datetime) -> bool:
    start = _start(pod)
    if start is not None and now >= start + budget:
        return True
    return any(_killed_at_start(container.last_termination, budget) for container in pod.containers)


def _heard(facts: Facts, spec: ModelServiceSpec, pod: PodFacts) -> str:
    """Why, where the kubelet knows."""
    told = probe_trouble(facts, spec, pod)
    return f": {told.message.removesuffix('.')}" if told is not None and told.reason is not None else ""


def _start(pod: PodFacts) -> datetime | None:
    """Where the budget counts from: the container's run, or the pod's arrival on a node while that has not begun.

    Once the startup probe has passed, the budget is kept, whatever comes after.
    """
    engine = pod.engine
    if engine is not None and engine.state == "running":
        return None if engine.started else engine.running_since
    if engine is not None and (engine.restarts or engine.state == "terminated"):
        return None
    return _loaded_at(pod)


def _loaded_at(pod: PodFacts) -> datetime | None:
    """The pod's arrival on a node, or the end of its last loader; a download is not the engine's to answer for."""
    loaders = [container for container in pod.containers if container.init and is_loader(container)]
    if any(container.state == "running" for container in loaders):
        return None
    ends = (container.terminated.finished_at for container in loaders if container.terminated)
    return max((end for end in ends if end), default=pod.scheduled_at)


def _killed_at_start(end: Termination | None, budget: timedelta) -> bool:
    if end is None or end.started_at is None or end.finished_at is None:
        return False
    if end.exit_code not in KILLED or end.reason == "OOMKilled":
        return False
    return budget * KILL_EARLY <= end.finished_at - end.started_at <= budget + KILL_LATE


def _refused(facts: Facts, revision: str, budget: timedelta) -> Trouble | None:
    for since in _refused_since(facts, revision):
        if facts.now >= since + budget:
            failure = next(rs.failure for rs in facts.replica_sets if rs.revision == revision and rs.failure)
            return Trouble(Reason.POD_REFUSED, f"the cluster refuses its pods: {failure}")
    return None


def _refused_since(facts: Facts, revision: str) -> Iterator[datetime]:
    for replica_set in facts.replica_sets:
        refused = replica_set.revision == revision and replica_set.failure and replica_set.wanted
        if refused and replica_set.failure_since is not None and "exceeded quota" not in replica_set.failure:
            yield replica_set.failure_since


def _crash_loop(facts: Facts, spec: ModelServiceSpec, pods: tuple[PodFacts, ...], crashes: int) -> Trouble:
    told = f"its pods crashed {crashes} times"
    last = last_words(facts, spec, pods)
    return (
        Trouble(last.reason, f"{told}, the last time with {last.message}") if last else Trouble(Reason.CRASH_LOOP, told)
    )
