"""The way of a pod to its first answer, step by step with its seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelservice.cli.start_steps import Step, steps

MADE = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
CONDITIONS = {"scheduled": "PodScheduled", "sandbox": "PodReadyToStartContainers", "initialized": "Initialized"}


def pod(running: float | None = None, ready: float | None = None, **ended: float) -> dict[str, Any]:
    """A pod of which each named step had ended so many seconds after it was made."""
    conditions = [_condition(CONDITIONS[name], seconds) for name, seconds in ended.items()]
    state = {"waiting": {"reason": "ContainerCreating"}} if running is None else {"running": {"startedAt": at(running)}}
    engine = {"name": "engine", "state": state, "ready": ready is not None, "restartCount": 0}
    return {
        "metadata": {"name": "qwen-0", "uid": "1", "creationTimestamp": at(0)},
        "spec": {"containers": [{"name": "engine"}]},
        "status": {
            "conditions": conditions + ([_condition("Ready", ready)] if ready is not None else []),
            "containerStatuses": [engine],
        },
    }


def at(seconds: float) -> str:
    return (MADE + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def _condition(type: str, seconds: float) -> dict[str, str]:
    return {"type": type, "status": "True", "lastTransitionTime": at(seconds)}


STARTS = {
    "waits for a node": (pod(), [Step("scheduling", 100, done=False)]),
    "waits for its volumes": (
        pod(scheduled=4),
        [Step("scheduling", 4, done=True), Step("volumes and network", 96, done=False)],
    ),
    "pulls its image": (
        pod(scheduled=4, sandbox=10, initialized=10),
        [
            Step("scheduling", 4, done=True),
            Step("volumes and network", 6, done=True),
            Step("image", 90, done=False),
        ],
    ),
    "fetched its model and loads": (
        pod(running=70, scheduled=0, sandbox=1, initialized=61),
        [
            Step("scheduling", 0, done=True),
            Step("volumes and network", 1, done=True),
            Step("init containers", 60, done=True),
            Step("image", 9, done=True),
            Step("loading", 30, done=False),
        ],
    ),
    "answers": (
        pod(running=12, ready=42, scheduled=1, sandbox=2, initialized=2),
        [
            Step("scheduling", 1, done=True),
            Step("volumes and network", 1, done=True),
            Step("image", 10, done=True),
            Step("loading", 30, done=True),
        ],
    ),
    "of a cluster that tells less": (
        pod(running=12, ready=42, scheduled=1),
        [Step("scheduling", 1, done=True), Step("image", 11, done=True), Step("loading", 30, done=True)],
    ),
}


@pytest.mark.parametrize(("seen", "told"), STARTS.values(), ids=STARTS)
def test_start_is_told_by_steps_with_the_seconds_of_each(seen: dict[str, Any], told: list[Step]) -> None:
    assert steps(seen, MADE + timedelta(seconds=100)) == told
