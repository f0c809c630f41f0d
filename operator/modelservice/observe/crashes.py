"""Pods whose container ended and has not answered since: how often, why, and whether that needs a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from modelservice.api.reasons import Reason
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import Verdict
from modelservice.observe.diagnosis import Diagnosis
from modelservice.observe.ends import exit_text, explain, unhealed
from modelservice.observe.loader_log import is_loader
from modelservice.observe.phases import RESTARTING, phase
from modelservice.observe.seen import Seen
from modelservice.observe.starting import loading
from modelservice.observe.wait import Needs, Wait

STRIKES = 3
"""After so many quick crashes a service with no revision to go back to needs a person."""
LONG_RUN = timedelta(minutes=10)
"""A run of this length resets the kubelet's back-off: its end is an accident and no loop."""
OWN_WORD = frozenset({Reason.OUT_OF_MEMORY, Reason.OUT_OF_GPU_MEMORY, Reason.STARTUP_TIMEOUT, Reason.NOT_ANSWERING})


def crashed(seen: Seen, pod: PodFacts) -> Wait | None:
    """What the last crash was, as long as no run since has got as far as answering its startup probe."""
    for container in pod.containers:
        end = unhealed(container)
        if end is None:
            continue
        diagnosis = explain(seen.facts, seen.service.spec, pod, container, end)
        wait = Wait(
            diagnosis.reason,
            f"{_who(pod, container)} crashed{_how_often(container, end)}. {diagnosis.message}",
            _needs(seen, container, end, diagnosis),
            since=pod.unready_since,
            phase=_phase(container, end, diagnosis.reason),
        )
        return _and_again(wait, seen, pod)
    return None


def _and_again(wait: Wait, seen: Seen, pod: PodFacts) -> Wait:
    """The next run may be under way already."""
    load = loading(seen, pod)
    return wait if load is None else replace(wait, message=f"{wait.message} {load.message}", again=load.again)


def _who(pod: PodFacts, container: ContainerFacts) -> str:
    if container.init:
        return f"Init container {container.name} of pod {pod.name}"
    return (
        f"The engine in pod {pod.name}" if container.name == pod.serves else f"Container {container.name} of {pod.name}"
    )


def _times(container: ContainerFacts) -> int:
    """A restart counts when the next run begins, a moment after the end of the last."""
    return container.restarts + (container.state == "terminated")


def _how_often(container: ContainerFacts, end: Termination) -> str:
    times = _times(container)
    return f" {times} times, the last time with {exit_text(end)}" if times > 1 else f" ({exit_text(end)})"


def _phase(container: ContainerFacts, end: Termination, reason: Reason) -> str:
    """A crash is called so, whatever caused it, unless the cause is a word that pods have too; a loader's is none."""
    if is_loader(container):
        return phase(Reason.DOWNLOAD_FAILED)
    if reason in OWN_WORD:
        return ""
    return phase(Reason.CRASH_LOOP) if _loops(container, end) else RESTARTING


def _loops(container: ContainerFacts, end: Termination) -> bool:
    """It crashes again and again, as opposed to once after a good while."""
    quick = end.started_at is None or end.finished_at is None or end.finished_at - end.started_at < LONG_RUN
    return quick and (_times(container) > 1 or container.reason == "CrashLoopBackOff")


def _needs(seen: Seen, container: ContainerFacts, end: Termination, diagnosis: Diagnosis) -> Needs:
    """While there is a revision to go back to, the rollout decides; a first one that keeps crashing needs a person."""
    rollout = seen.rollout
    if rollout.current and rollout.current != rollout.target:
        return Needs.TIME
    if diagnosis.passing:
        return Needs.HELP
    given_up = rollout.verdict is Verdict.TRYING and bool(rollout.why)
    struck_out = _times(container) >= STRIKES and _loops(container, end)
    return Needs.CHANGE if given_up or struck_out else Needs.TIME
