"""Pods that ended as a whole and will not come back: evicted, preempted, refused by their node."""

from __future__ import annotations

from datetime import UTC, datetime

from modelservice.api.reasons import Reason
from modelservice.facts.marks import ENGINE
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Wait
from modelservice.observe.words import sentence

EVICTIONS = frozenset({"Evicted", "Preempting", "Terminated", "NodeShutdown", "Shutdown"})
_FIRST = datetime.min.replace(tzinfo=UTC)


def ended(seen: Seen) -> Wait | None:
    """Pods are missing, and the last that was there ended. One that was replaced long ago is no news."""
    if len(seen.target) >= seen.wanted:
        return None
    failed = (pod for pod in seen.facts.pods if pod.component == ENGINE and pod.phase == "Failed" and pod.reason)
    pods = [pod for pod in failed if pod.revision == seen.rollout.target]
    if not pods:
        return None
    last = max(pods, key=lambda pod: (pod.created_at or _FIRST, pod.name))
    why = sentence(last.message or last.reason)
    if last.reason in EVICTIONS:
        return Wait(Reason.EVICTED, f"Pod {last.name} was evicted and is being replaced: {why}")
    return Wait(Reason.POD_REFUSED, f"Node {last.node} refused pod {last.name} ({last.reason}): {why}")
