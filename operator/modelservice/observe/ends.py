"""Why a container's run ended: what the kubelet says, then what the log says, then what the exit code says.

A dead vLLM exits 0, so an end is judged by its having ended, never by the exit code alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.facts import Facts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.observe.diagnosis import Diagnosis, diagnose
from modelservice.observe.load_failures import explained
from modelservice.observe.loader_log import failure_of, is_loader
from modelservice.observe.words import sentence

TOO_SLOW_FROM, TOO_SLOW_TO = 0.9, timedelta(minutes=5)
"""A start that takes too long is killed within these bounds of its budget: probes tick, and stopping takes time."""
KILLED = frozenset({137, 143})
STOPPED = KILLED | {0}
"""What a run may end with that was told to stop: a server that stops well exits 0."""

EXITS = {
    0: "as if all were well",
    126: "its command cannot be run",
    127: "its command was not found",
    132: "illegal instruction: the image was made for another CPU",
    134: "it aborted",
    135: "bus error: most often /dev/shm is full, see sharedMemory.sizeLimit",
    137: "it was killed",
    139: "segmentation fault",
    143: "it was told to stop",
}
_FIRST = datetime.min.replace(tzinfo=UTC)


def end_of(container: ContainerFacts) -> Termination | None:
    """How the last run of this container ended, if one has and it matters: an init container may be done."""
    end = container.terminated or container.last_termination
    return None if end is None or (container.init and end.exit_code == 0) else end


def unhealed(container: ContainerFacts) -> Termination | None:
    """How the last run ended, unless a run since has answered its startup probe."""
    healed = container.ready or (container.state == "running" and container.started)
    return None if healed else end_of(container)


def exit_text(end: Termination) -> str:
    """`exit code 137, it was killed`."""
    how = EXITS.get(end.exit_code, "")
    return f"exit code {end.exit_code}" + (f", {how}" if how else "")


def last_words(facts: Facts, spec: ModelServiceSpec, pods: Iterable[PodFacts]) -> Diagnosis | None:
    """How the last run of these pods that crashed ended, and why if that is known; nothing when none has."""
    ended = [(pod, container, end) for pod in pods for container in pod.containers if (end := unhealed(container))]
    if not ended:
        return None
    pod, container, end = max(ended, key=lambda found: (found[2].finished_at or _FIRST, found[0].name))
    cause = _cause(facts, spec, pod, container, end)
    if cause is None:
        return Diagnosis(Reason.CRASH_LOOP, exit_text(end))
    return Diagnosis(cause.reason, f"{exit_text(end)}. {cause.message}", cause.passing)


def explain(
    facts: Facts, spec: ModelServiceSpec, pod: PodFacts, container: ContainerFacts, end: Termination
) -> Diagnosis:
    """Why this run ended and which field to change, or else where to read on."""
    more = f"Its log tells more: kubectl logs {pod.name} -c {container.name} --previous."
    return _cause(facts, spec, pod, container, end) or Diagnosis(Reason.CRASH_LOOP, more)


def _cause(
    facts: Facts, spec: ModelServiceSpec, pod: PodFacts, container: ContainerFacts, end: Termination
) -> Diagnosis | None:
    failure = failure_of(end) if is_loader(container) else None
    if failure is not None:
        return explained(failure, spec)
    if end.reason == "OOMKilled":
        return _out_of_memory(spec)
    if _too_slow(end, timedelta(seconds=spec.startup_timeout_seconds)):
        message = f"It did not answer within {spec.startup_timeout_seconds} s. Raise startupTimeoutSeconds."
        return Diagnosis(Reason.STARTUP_TIMEOUT, message)
    probe = _failed_probe(facts, pod) if end.exit_code in KILLED else None
    told = diagnose(_log(facts, pod, container, end), spec)
    known = told is not None and told.reason != Reason.CRASH_LOOP
    return told if known or probe is None else probe


def _out_of_memory(spec: ModelServiceSpec) -> Diagnosis:
    limit = (spec.resources.get("limits") or {}).get("memory", "")
    if limit:
        message = f"It needed more memory than resources.limits.memory allows ({limit}). Raise it."
    else:
        message = "The node ran out of memory. Raise resources.requests.memory, so that it gets a node with enough."
    return Diagnosis(Reason.OUT_OF_MEMORY, message)


def _too_slow(end: Termination, budget: timedelta) -> bool:
    if end.exit_code not in STOPPED or end.started_at is None or end.finished_at is None:
        return False
    return budget * TOO_SLOW_FROM <= end.finished_at - end.started_at <= budget + TOO_SLOW_TO


def _failed_probe(facts: Facts, pod: PodFacts) -> Diagnosis | None:
    for event in facts.events:
        if event.object == f"Pod/{pod.name}" and event.reason == "Unhealthy" and "Liveness" in event.message:
            message = f"It no longer answered and was restarted: {sentence(event.message)}"
            return Diagnosis(Reason.NOT_ANSWERING, message)
    return None


def _log(facts: Facts, pod: PodFacts, container: ContainerFacts, end: Termination) -> tuple[str, ...]:
    """The lines of the run that ended: of its log, or of the message that it left."""
    for log in facts.logs:
        if (log.pod, log.container) == (pod.name, container.name) and log.lines:
            return log.lines
    return tuple(end.message.splitlines())
