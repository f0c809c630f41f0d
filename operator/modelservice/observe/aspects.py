"""What each condition says: one small function per condition, all of the same look."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.api.status import ConditionType
from modelservice.facts.rollout import Verdict
from modelservice.observe.cached import cached
from modelservice.observe.conditions import Claim
from modelservice.observe.intent import foreign_autoscalers
from modelservice.observe.refusals import refused_findings, tell, warnings
from modelservice.observe.scheduling import unscheduled
from modelservice.observe.seen import Seen
from modelservice.observe.volumes import volume_warning
from modelservice.observe.wait import Wait
from modelservice.observe.words import count, moment


def claims(seen: Seen, wait: Wait | None, stalled: bool) -> tuple[Claim, ...]:
    """All conditions, in the order in which they are written."""
    return (
        _accepted(seen),
        cached(seen),
        _scheduled(seen),
        _available(seen),
        _ready(seen, wait),
        _reconciling(seen, wait, stalled),
        _stalled(wait, stalled),
        _up_to_date(seen),
    )


def _accepted(seen: Seen) -> Claim:
    if found := refused_findings(seen):
        return Claim(ConditionType.ACCEPTED, False, found[0].reason, tell(found))
    return Claim(ConditionType.ACCEPTED, True, Reason.ACCEPTED, " ".join(("The spec makes sense.", *_warned(seen))))


def _warned(seen: Seen) -> tuple[str, ...]:
    told = (tell(warnings(seen)), foreign_autoscalers(seen), volume_warning(seen))
    return tuple(f"Warning: {warning}" for warning in told if warning)


def _scheduled(seen: Seen) -> Claim:
    if not seen.wanted:
        return Claim(ConditionType.SCHEDULED, True, seen.idle, "No pod needs a node.")
    for pod in seen.unready:
        if (wait := unscheduled(seen, pod)) is not None:
            return Claim(ConditionType.SCHEDULED, False, wait.reason, wait.message)
    if len(seen.target) < seen.wanted:
        message = f"{len(seen.target)} of {seen.wanted} pods exist."
        return Claim(ConditionType.SCHEDULED, False, Reason.NO_PODS, message)
    return Claim(ConditionType.SCHEDULED, True, Reason.SCHEDULED, "Every pod has a node.")


def _available(seen: Seen) -> Claim:
    answering = len(seen.ready)
    message = f"{answering} of {seen.wanted} replicas answer."
    if not answering:
        reason = seen.idle if not seen.wanted else Reason.NO_REPLICA_READY
        return Claim(ConditionType.AVAILABLE, False, reason, message)
    reason = Reason.AVAILABLE if answering >= seen.wanted else Reason.PARTLY_READY
    return Claim(ConditionType.AVAILABLE, True, reason, message)


def _ready(seen: Seen, wait: Wait | None) -> Claim:
    if wait is not None:
        return Claim(ConditionType.READY, False, wait.reason, _what_answers(seen) + wait.message)
    if not seen.wanted:
        return Claim(ConditionType.READY, True, seen.idle, "Nothing is running, as asked for.")
    told = f"All {seen.wanted} replicas answer." if seen.wanted > 1 else "The replica answers."
    return Claim(ConditionType.READY, True, Reason.READY, " ".join((told, *_warned(seen))))


def _what_answers(seen: Seen) -> str:
    """What clients still have while something is in the way."""
    if not seen.ready or not seen.wanted:
        return ""
    if seen.rollout.verdict is Verdict.TRYING and not any(pod.ready for pod in seen.target):
        return f"The revision before answers ({count(len(seen.ready), 'replica')}). "
    return f"{min(len(seen.ready), seen.wanted)} of {seen.wanted} replicas answer. "


def _reconciling(seen: Seen, wait: Wait | None, stalled: bool) -> Claim:
    if wait is None or stalled:
        return Claim(ConditionType.RECONCILING, False, Reason.STABLE, "Nothing is on the way.")
    since = wait.since or seen.reconciling_since
    return Claim(ConditionType.RECONCILING, True, wait.reason, f"{wait.message} Since {moment(since)}.")


def _stalled(wait: Wait | None, stalled: bool) -> Claim:
    if wait is None or not stalled:
        return Claim(ConditionType.STALLED, False, Reason.NOT_STALLED, "Nothing needs a person.")
    return Claim(ConditionType.STALLED, True, wait.reason, wait.message)


def _up_to_date(seen: Seen) -> Claim:
    if not seen.rollout.outdated:
        message = "What runs is what this operator would render today."
        return Claim(ConditionType.UP_TO_DATE, True, Reason.UP_TO_DATE, message)
    known = seen.rollout.outdated_reason in {reason.value for reason in Reason}
    reason = Reason(seen.rollout.outdated_reason) if known else Reason.NEWER_DEFAULTS
    return Claim(ConditionType.UP_TO_DATE, False, reason, seen.rollout.outdated)
