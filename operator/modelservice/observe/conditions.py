"""Builds conditions so that `lastTransitionTime` moves when the status does, and only then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from modelservice.api.reasons import Reason
from modelservice.api.status import Condition, ConditionStatus, ConditionType, Status

MESSAGE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of one aspect now."""

    type: ConditionType
    status: bool
    reason: Reason
    message: str


def conditions(claims: Iterable[Claim], previous: Status, generation: int, now: datetime) -> list[Condition]:
    """The claims as conditions; each keeps its time while its status is what it was."""
    before = {condition.type: condition for condition in previous.conditions}
    return [_condition(claim, before, generation, now) for claim in claims]


def _condition(claim: Claim, before: Mapping[str, Condition], generation: int, now: datetime) -> Condition:
    status: ConditionStatus = "True" if claim.status else "False"
    old = before.get(claim.type)
    return Condition(
        type=claim.type,
        status=status,
        reason=claim.reason,
        message=shorten(claim.message),
        observed_generation=generation,
        last_transition_time=_moved(old, now) if old is None or old.status != status else old.last_transition_time,
    )


def _moved(old: Condition | None, now: datetime) -> str:
    """Now, or the time before if that is later: another machine's clock may have been ahead."""
    return stamp(now) if old is None else max(stamp(now), old.last_transition_time)


def stamp(time: datetime) -> str:
    """RFC 3339 in whole seconds, as Kubernetes writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shorten(message: str) -> str:
    """Whole when it fits; cut at the end otherwise."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 3].rstrip() + "..."
