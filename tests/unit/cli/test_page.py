"""The page of `status`: state and why, the way of the start, pods with node and GPU, children, Events, the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from modelservice.cli.page import written
from modelservice.cli.seen import Service
from modelservice.cli.survey import Survey

NOW = datetime(2026, 1, 1, 12, 10, 0, tzinfo=UTC)
MADE, SCHEDULED, STARTED = (f"2026-01-01T12:0{time}Z" for time in ("0:00", "0:05", "9:00"))
BODY: dict[str, Any] = {
    "apiVersion": "modelservice.io/v1alpha1",
    "kind": "ModelService",
    "metadata": {"name": "qwen", "namespace": "team", "uid": "1", "generation": 2},
    "spec": {"model": "org/model"},
    "status": {
        "observedGeneration": 2,
        "phase": "CrashLoop",
        "message": "Replica qwen-0 has ended 3 times.",
        "engine": "vllm",
        "gpu": "1",
        "ready": "0/1",
        "openAIURL": "http://qwen.team.svc.cluster.local:8000/v1",
        "currentRevision": "qwen-1",
        "updateRevision": "qwen-2",
        "children": [{"kind": "Deployment", "name": "qwen"}, {"kind": "Service", "name": "qwen"}],
        "conditions": [
            {
                "type": "Ready",
                "status": "False",
                "reason": "CrashLoop",
                "message": "It crashes.",
                "observedGeneration": 2,
                "lastTransitionTime": MADE,
            }
        ],
    },
}
POD: dict[str, Any] = {
    "metadata": {
        "name": "qwen-0",
        "uid": "2",
        "creationTimestamp": MADE,
        "labels": {"modelservice.io/name": "qwen", "modelservice.io/component": "engine"},
    },
    "spec": {
        "nodeName": "gpu-1",
        "containers": [{"name": "engine", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
    },
    "status": {
        "phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": SCHEDULED}],
        "containerStatuses": [
            {"name": "engine", "ready": False, "restartCount": 3, "state": {"running": {"startedAt": STARTED}}}
        ],
    },
}
EVENT: dict[str, Any] = {
    "metadata": {"creationTimestamp": MADE},
    "type": "Warning",
    "reason": "BackOff",
    "message": "Back-off restarting failed container",
    "lastTimestamp": STARTED,
    "involvedObject": {"kind": "Pod", "name": "qwen-0", "uid": "2"},
}
PAGE = """\
qwen   CrashLoop   0/1
Replica qwen-0 has ended 3 times.

model     org/model
engine    vllm
gpu       1
url       http://qwen.team.svc.cluster.local:8000/v1
revision  qwen-1, trying qwen-2

start     scheduling 5s, image 8m55s, loading 60s so far   (qwen-0)

POD      READY   STATE     RESTARTS   NODE    GPU               AGE
qwen-0   no      Running   3          gpu-1   1 x NVIDIA-H200   10m

children  Deployment/qwen, Service/qwen

CONDITION   IS      REASON      SINCE   MESSAGE
Ready       False   CrashLoop   10m     It crashes.

EVENT   TYPE      REASON    OBJECT       MESSAGE
60s     Warning   BackOff   Pod/qwen-0   Back-off restarting failed container

log       ValueError: the context is too long
"""


def test_page_tells_all_that_is_known_with_the_most_important_first() -> None:
    found = Survey(Service.of(BODY), (POD,), {"gpu-1": "NVIDIA-H200"}, (EVENT,), "ValueError: the context is too long")
    assert written(found, NOW).replace(" \n", "\n") == PAGE


def test_page_of_what_is_not_known_leaves_it_out() -> None:
    page = written(Survey(Service.of({**BODY, "status": {}})), NOW)
    assert not any(word in page for word in ("start ", "POD", "EVENT", "log  ", "children"))
