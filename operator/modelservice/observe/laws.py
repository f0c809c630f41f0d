"""What holds for every status, whatever happened: the promises that tools and people build on.

Each law answers the sentence of its breach, or nothing. Tests hold every status that they see against them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from modelservice.api.reasons import Reason
from modelservice.api.status import Condition, ConditionType, Status
from modelservice.observe.phases import PHASES


def _true(status: Status, kind: ConditionType) -> bool:
    return any(condition.type == kind and condition.status == "True" for condition in status.conditions)


def every_condition_once(status: Status) -> str | None:
    types = [condition.type for condition in status.conditions]
    return None if types == [kind.value for kind in ConditionType] else f"conditions are {types}"


def one_of_ready_reconciling_stalled(status: Status) -> str | None:
    """kstatus reads these three: none of them True would read as ready, two of them as either."""
    kinds = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)
    held = [kind.value for kind in kinds if _true(status, kind)]
    return None if len(held) == 1 else f"of Ready, Reconciling and Stalled these hold: {held}"


def not_accepted_is_stalled(status: Status) -> str | None:
    broken = not _true(status, ConditionType.ACCEPTED) and not _true(status, ConditionType.STALLED)
    return "the spec is not accepted, and nothing says that a person must act" if broken else None


def available_follows_the_pods(status: Status) -> str | None:
    answers = bool(status.ready_replicas)
    return None if _true(status, ConditionType.AVAILABLE) == answers else "Available contradicts readyReplicas"


def ready_replicas_exist(status: Status) -> str | None:
    more = (status.ready_replicas or 0) > (status.replicas or 0)
    return "more replicas are ready than there are" if more else None


def ready_is_whole(status: Status) -> str | None:
    if not _true(status, ConditionType.READY):
        return None
    ready, wanted = (status.ready or "0/1").split("/")
    return None if int(ready) >= int(wanted) else f"Ready with {status.ready} replicas"


def conditions_speak_of_this_generation(status: Status) -> str | None:
    old = [found.type for found in status.conditions if found.observed_generation != status.observed_generation]
    return f"of another generation than the status: {old}" if old else None


def reasons_are_known(status: Status) -> str | None:
    known = {reason.value for reason in Reason}
    unknown = [found.reason for found in status.conditions if found.reason not in known]
    return f"reasons that no page explains: {unknown}" if unknown else None


def phase_is_known(status: Status) -> str | None:
    return None if status.phase in PHASES else f"phase {status.phase} is in no table"


def every_condition_says_something(status: Status) -> str | None:
    silent = [found.type for found in status.conditions if not found.message.strip()]
    return f"without a message: {silent}" if silent else None


LAWS: tuple[Callable[[Status], str | None], ...] = (
    every_condition_once,
    one_of_ready_reconciling_stalled,
    not_accepted_is_stalled,
    available_follows_the_pods,
    ready_replicas_exist,
    ready_is_whole,
    conditions_speak_of_this_generation,
    reasons_are_known,
    phase_is_known,
    every_condition_says_something,
)


def broken(status: Status) -> tuple[str, ...]:
    """The laws that this status breaks, each with how."""
    breaches = ((law.__name__, law(status)) for law in LAWS)
    return tuple(f"{name}: {how}" for name, how in breaches if how)


def broken_between(before: Status, after: Status) -> tuple[str, ...]:
    """The laws of change: a condition's time moves when its status does, and only then, and never back."""
    old = {condition.type: condition for condition in before.conditions}
    pairs = [(old[new.type], new) for new in after.conditions if new.type in old]
    return tuple(f"{new.type}: {how}" for was, new in pairs if (how := _change(was, new)))


def _change(was: Condition, new: Condition) -> str | None:
    moved = was.last_transition_time != new.last_transition_time
    if moved and was.status == new.status:
        return "lastTransitionTime moved without its status"
    if datetime.fromisoformat(new.last_transition_time) < datetime.fromisoformat(was.last_transition_time):
        return "lastTransitionTime went back"
    return None
