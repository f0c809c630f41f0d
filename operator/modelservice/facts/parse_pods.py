"""From a raw Pod to PodFacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from modelservice.facts.marks import COMPONENT_LABEL, ENGINE, REVISION_ANNOTATION
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.raw import Raw, condition, controller, extended, items, number, part, text, time
from modelservice.facts.redact import redact


def pod(raw: Raw) -> PodFacts:
    """One pod; never raises, whatever is missing."""
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    ready, scheduled = condition(status, "Ready"), condition(status, "PodScheduled")
    is_ready = ready.get("status") == "True"
    waits = scheduled.get("status") == "False"
    return PodFacts(
        name=text(metadata, "name"),
        uid=text(metadata, "uid"),
        owner_uid=controller(metadata),
        revision=text(part(metadata, "annotations"), REVISION_ANNOTATION),
        component=text(part(metadata, "labels"), COMPONENT_LABEL) or ENGINE,
        serves=_serves(spec),
        phase=text(status, "phase") or "Pending",
        reason=text(status, "reason"),
        message=redact(text(status, "message")),
        node=text(spec, "nodeName"),
        ip=text(status, "podIP"),
        created_at=time(metadata, "creationTimestamp"),
        deleting_since=time(metadata, "deletionTimestamp"),
        ready=is_ready,
        ready_since=time(ready, "lastTransitionTime") if is_ready else None,
        unready_since=None if is_ready else time(ready, "lastTransitionTime"),
        scheduled=bool(spec.get("nodeName")),
        scheduled_at=None if waits else time(scheduled, "lastTransitionTime"),
        gated=waits and scheduled.get("reason") == "SchedulingGated",
        unschedulable_message=text(scheduled, "message") if waits else "",
        unschedulable_since=time(scheduled, "lastTransitionTime") if waits else None,
        asks=_asks(spec),
        containers=tuple(_containers(status)),
    )


def _serves(spec: Raw) -> str:
    names = [text(container, "name") for container in items(spec, "containers")]
    return ENGINE if ENGINE in names or not names else names[0]


def _asks(spec: Raw) -> dict[str, int]:
    total: dict[str, int] = {}
    for container in items(spec, "containers"):
        for name, count in extended(part(container, "resources", "limits")).items():
            total[name] = total.get(name, 0) + count
    return total


def _containers(status: Raw) -> Iterator[ContainerFacts]:
    for found in items(status, "initContainerStatuses"):
        yield _container(found, init=True)
    for found in items(status, "containerStatuses"):
        yield _container(found, init=False)


def _container(status: Raw, *, init: bool) -> ContainerFacts:
    now, before = part(status, "state"), part(status, "lastState")
    state, detail = _state(now)
    return ContainerFacts(
        name=text(status, "name"),
        image=text(status, "image"),
        init=init,
        ready=status.get("ready") is True,
        started=status.get("started") is True,
        restarts=number(status, "restartCount"),
        state=state,
        reason=text(detail, "reason"),
        message=redact(text(detail, "message")),
        running_since=time(detail, "startedAt") if state == "running" else None,
        terminated=_termination(detail) if state == "terminated" else None,
        last_termination=_termination(part(before, "terminated")) if before.get("terminated") else None,
    )


def _state(state: Raw) -> tuple[Literal["waiting", "running", "terminated"], Raw]:
    if "running" in state:
        return "running", part(state, "running")
    if "terminated" in state:
        return "terminated", part(state, "terminated")
    return "waiting", part(state, "waiting")


def _termination(end: Raw) -> Termination:
    return Termination(
        exit_code=number(end, "exitCode"),
        reason=text(end, "reason"),
        message=redact(text(end, "message")),
        signal=number(end, "signal") or None,
        started_at=time(end, "startedAt"),
        finished_at=time(end, "finishedAt"),
    )
