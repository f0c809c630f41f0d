"""The way from what runs to what should run: Deployment, number of pods, old revisions."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.facts.rollout import Verdict
from modelservice.observe.phases import named
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import count, sentence


def reverted(seen: Seen) -> Wait | None:
    """A revision failed and was taken back; the next edit tries again."""
    if seen.rollout.verdict is not Verdict.REVERTED or not seen.wanted:
        return None
    why = sentence(seen.rollout.why or "it failed")
    return Wait(Reason.REVERTED, f"The last change was taken back: {why} Change the spec to try again.", Needs.CHANGE)


def held(seen: Seen) -> Wait | None:
    """A revision waits at a gate, and the one before runs on."""
    if seen.rollout.verdict is not Verdict.HELD or not seen.wanted:
        return None
    reason = named(seen.rollout.why_reason, otherwise=Reason.ROLLING_OUT)
    return Wait(reason, sentence(seen.rollout.why or "The change waits before it is rolled out"))


def being_applied(seen: Seen) -> Wait | None:
    """The Deployment is not yet what it should be, or has not been looked at by its controller."""
    deployment = seen.facts.deployment
    if deployment is None:
        if not seen.wanted:
            return None
        return Wait(Reason.PROGRESSING, "The Deployment is being made.")
    if deployment.revision != seen.rollout.target:
        return Wait(Reason.ROLLING_OUT, "The change is being applied.")
    if deployment.wanted != seen.wanted or deployment.observed_generation < deployment.generation:
        return Wait(Reason.PROGRESSING, f"The Deployment is on its way to {count(seen.wanted, 'replica')}.")
    return None


def unfinished(seen: Seen) -> Wait | None:
    """All pods that there are do well, and they are not yet the right ones."""
    good, wanted = sum(pod.ready for pod in seen.target), seen.wanted
    others = len(seen.live) - len(seen.target)
    if wanted and others:
        message = f"{good} of {wanted} replicas run the new revision; {count(others, 'pod')} of the one before to go."
        return Wait(Reason.ROLLING_OUT, message)
    if good < wanted:
        return Wait(Reason.PROGRESSING, f"{good} of {wanted} replicas answer; more pods are being made.")
    if wanted and seen.rollout.verdict is not Verdict.STEADY:
        return Wait(Reason.ROLLING_OUT, "The new revision answers and is about to become the current one.")
    return None
