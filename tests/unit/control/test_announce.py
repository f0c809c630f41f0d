"""Which Events a change of status is worth."""

from __future__ import annotations

import pytest

from modelservice.api.status import Child, Condition, ModelStatus, Pruned, Status
from modelservice.control.announce import Told, announcements
from modelservice.kube.events import EventType


def status(*conditions: tuple[str, str, str], others: tuple[str, ...] = ()) -> Status:
    return Status(
        conditions=[
            Condition(type=type, status=state, reason=reason, message=f"{reason}.", last_transition_time="2026-01-01")  # type: ignore[arg-type]
            for type, state, reason in conditions
        ],
        children=[Child(kind="Service", name="qwen", others=list(others))],
    )


def pruned(came: Pruned | None) -> Status:
    return READY.model_copy(update={"model": ModelStatus(source="org/model@v2", pruned=came)})


NOTHING = Status()
LOADING = status(("Ready", "False", "Loading"), ("Reconciling", "True", "Loading"))
READY = status(("Ready", "True", "Ready"), ("Reconciling", "False", "Stable"))
REVERTED = status(("Ready", "False", "Reverted"), ("Stalled", "True", "Reverted"))
CASES = {
    "a first status": (NOTHING, LOADING, []),
    "a first status that needs a person": (NOTHING, REVERTED, [Told(EventType.WARNING, "Reverted", "Reverted.")]),
    "the same": (LOADING, LOADING, []),
    "another reason": (
        status(("Reconciling", "True", "PullingImage")),
        LOADING,
        [Told(EventType.NORMAL, "Loading", "Loading.")],
    ),
    "ready": (LOADING, READY, [Told(EventType.NORMAL, "Ready", "Ready.")]),
    "stalled": (READY, REVERTED, [Told(EventType.WARNING, "Reverted", "Reverted.")]),
    "no longer up to date": (
        READY,
        status(("Ready", "True", "Ready"), ("UpToDate", "False", "NewerDefaults")),
        [Told(EventType.NORMAL, "NewerDefaults", "NewerDefaults.")],
    ),
    "a download begins": (
        READY,
        status(("ModelCached", "False", "Downloading"), ("Reconciling", "True", "Downloading")),
        [Told(EventType.NORMAL, "ModelFetchStarted", "Downloading.")],
    ),
    "a download goes on": (
        status(("ModelCached", "False", "Downloading")),
        status(("ModelCached", "False", "Downloading")),
        [],
    ),
    "a download ends": (
        status(("ModelCached", "False", "Downloading")),
        status(("ModelCached", "True", "CacheReady")),
        [Told(EventType.NORMAL, "ModelFetched", "CacheReady.")],
    ),
    "old revisions are removed": (
        pruned(None),
        pruned(Pruned(freed_bytes=7, message="v1 went.")),
        [Told(EventType.NORMAL, "CachePruned", "v1 went.")],
    ),
    "old revisions were removed": (
        pruned(Pruned(freed_bytes=7, message="v1 went.")),
        pruned(Pruned(freed_bytes=7, message="v1 went.")),
        [],
    ),
    "there is no old revision": (pruned(None), pruned(Pruned(freed_bytes=0, message="None.")), []),
    "old revisions stay": (
        pruned(None),
        pruned(Pruned(message="It is locked.")),
        [Told(EventType.WARNING, "CachePruneFailed", "It is locked.")],
    ),
    "fields of others": (
        READY,
        status(("Ready", "True", "Ready"), others=("kubectl-edit",)),
        [
            Told(
                EventType.NORMAL,
                "FieldsOfOthers",
                "kubectl-edit added fields to Service qwen. They are kept; fields of ours are put back.",
            )
        ],
    ),
    "fields of others as before": (status(others=("kubectl-edit",)), status(others=("kubectl-edit",)), []),
}


@pytest.mark.parametrize(("before", "after", "told"), CASES.values(), ids=CASES.keys())
def test_announcements_tell_turns(before: Status, after: Status, told: list[Told]) -> None:
    assert list(announcements(before, after)) == told
