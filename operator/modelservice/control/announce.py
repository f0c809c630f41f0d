"""Which Kubernetes Events a new status is worth: one for each turn of events, none for what was so before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelservice.api.reasons import Reason
from modelservice.api.status import Condition, ConditionType, Status
from modelservice.kube.events import EventType

KEPT_FIELDS = "FieldsOfOthers"
FETCH_STARTED = "ModelFetchStarted"
FETCHED = "ModelFetched"
PRUNED, PRUNE_FAILED = "CachePruned", "CachePruneFailed"


@dataclass(frozen=True, slots=True)
class Told:
    """An Event about the ModelService."""

    type: EventType
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A condition that takes this status, or takes it for another reason, is told as an Event of this type."""

    condition: ConditionType
    status: str
    type: EventType


TURNS = (
    Turn(ConditionType.STALLED, "True", EventType.WARNING),
    Turn(ConditionType.RECONCILING, "True", EventType.NORMAL),
    Turn(ConditionType.READY, "True", EventType.NORMAL),
    Turn(ConditionType.UP_TO_DATE, "False", EventType.NORMAL),
)
FIRST_TURNS = tuple(turn for turn in TURNS if turn.condition is not ConditionType.RECONCILING)


def announcements(before: Status, after: Status) -> Iterator[Told]:
    """What happened between two statuses. That a new service is on its way goes without saying."""
    for turn in TURNS if before.conditions else FIRST_TURNS:
        was, now = _condition(before, turn.condition), _condition(after, turn.condition)
        if now is None or now.status != turn.status or now.reason == Reason.DOWNLOADING:
            continue
        if was is None or (was.status, was.reason) != (now.status, now.reason):
            yield Told(turn.type, now.reason, now.message)
    yield from _fetches(before, after)
    yield from _prunings(before, after)
    yield from _kept_fields(before, after)


def _prunings(before: Status, after: Status) -> Iterator[Told]:
    """What was removed, or that it could not be; that there was nothing is worth no Event."""
    was, now = (status.model.pruned if status.model else None for status in (before, after))
    if now is None or was is not None:
        return
    if now.freed_bytes is None:
        yield Told(EventType.WARNING, PRUNE_FAILED, now.message)
    elif now.freed_bytes:
        yield Told(EventType.NORMAL, PRUNED, now.message)


def _fetches(before: Status, after: Status) -> Iterator[Told]:
    """The beginning and the end of a download. What goes wrong between them is told with its own reason."""
    was, now = (_condition(status, ConditionType.MODEL_CACHED) for status in (before, after))
    if now is None or now.reason == (was.reason if was else ""):
        return
    if now.reason == Reason.DOWNLOADING:
        yield Told(EventType.NORMAL, FETCH_STARTED, now.message)
    elif now.status == "True" and was is not None and was.reason == Reason.DOWNLOADING:
        yield Told(EventType.NORMAL, FETCHED, now.message)


def _condition(status: Status, type: ConditionType) -> Condition | None:
    return next((condition for condition in status.conditions if condition.type == type), None)


def _kept_fields(before: Status, after: Status) -> Iterator[Told]:
    known = {(child.kind, child.name): set(child.others) for child in before.children}
    for child in after.children:
        new = set(child.others) - known.get((child.kind, child.name), set())
        if new:
            who = ", ".join(sorted(new))
            message = f"{who} added fields to {child.kind} {child.name}. They are kept; fields of ours are put back."
            yield Told(EventType.NORMAL, KEPT_FIELDS, message)
