"""The way of a pod from its making to its first answer, with the seconds that each step took: read off the pod alone.

Kubernetes keeps times in whole seconds, so a short step may show as 0 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from modelservice.facts.parse_pods import pod as facts_of
from modelservice.kube.resources import Manifest


@dataclass(frozen=True, slots=True)
class Step:
    """One step; without an end it is the one that goes on."""

    name: str
    seconds: float
    done: bool


STEPS = ("scheduling", "volumes and network", "init containers", "image", "loading")
"""What ends at each time of `_times`, in order."""


def steps(pod: Manifest, now: datetime) -> list[Step]:
    """The steps that have begun. A step that Kubernetes tells no time of is part of the next one."""
    times = _times(pod)
    known = [(name, time) for name, time in zip(("", *STEPS), times, strict=True) if time is not None]
    if not known:
        return []
    found = [
        Step(name, max(0.0, (time - before).total_seconds()), done=True)
        for (_, before), (name, time) in pairwise(known)
    ]
    rest = STEPS[STEPS.index(known[-1][0]) + 1 :] if known[-1][0] else STEPS
    goes_on = [Step(rest[0], max(0.0, (now - known[-1][1]).total_seconds()), done=False)] if rest else []
    return [step for step in found if step.name != "init containers" or step.seconds >= 1] + goes_on


def _times(pod: Manifest) -> list[datetime | None]:
    status = pod.get("status", {})
    true = {one["type"]: one for one in status.get("conditions") or () if one.get("status") == "True"}
    engine = facts_of(pod).engine
    began = engine.running_since if engine else None
    ended = [_time(true.get(type, {}).get("lastTransitionTime")) for type in CONDITIONS]
    answers = _time(true.get("Ready", {}).get("lastTransitionTime")) if began else None
    return [_time(pod["metadata"].get("creationTimestamp")), *ended, began, answers]


CONDITIONS = ("PodScheduled", "PodReadyToStartContainers", "Initialized")


def _time(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None
