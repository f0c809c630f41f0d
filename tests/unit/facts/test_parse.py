"""Raw API objects become facts: what is there is read, what is missing never raises."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from modelservice.facts import parse_cluster, parse_pods, parse_workload
from modelservice.facts.cluster import NodeFacts, StorageClassFacts, Taint
from modelservice.facts.facts import EventFacts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.workload import ClaimFacts, DeploymentFacts, ReplicaSetFacts, RevisionFacts, WorkloadCondition


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 21, 10, minute, second, tzinfo=UTC)


CRASHED = {
    "metadata": {
        "name": "qwen-1",
        "uid": "p1",
        "creationTimestamp": "2026-11-21T10:00:00Z",
        "annotations": {"modelservice.io/revision": "qwen-7d4b9"},
        "labels": {"modelservice.io/name": "qwen", "modelservice.io/component": "engine"},
        "ownerReferences": [
            {"kind": "Other", "uid": "no", "controller": False},
            {"kind": "ReplicaSet", "uid": "rs1", "controller": True},
        ],
    },
    "spec": {
        "nodeName": "node-1",
        "containers": [
            {"name": "engine", "resources": {"limits": {"nvidia.com/gpu": "2", "memory": "8Gi"}}},
            {"name": "side", "resources": {"limits": {"nvidia.com/gpu": 1}}},
        ],
    },
    "status": {
        "phase": "Running",
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T10:01:00Z"},
            {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-21T10:02:00Z"},
        ],
        "initContainerStatuses": [
            {"name": "load", "ready": True, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
        ],
        "containerStatuses": [
            {
                "name": "engine",
                "image": "vllm/vllm-openai:v0.32.0",
                "ready": False,
                "started": False,
                "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
                "lastState": {
                    "terminated": {
                        "exitCode": 1,
                        "reason": "Error",
                        "message": "HF_TOKEN=abc is wrong",
                        "startedAt": "2026-11-21T10:03:00Z",
                        "finishedAt": "2026-11-21T10:03:20Z",
                    }
                },
            }
        ],
    },
}


def test_pod_that_crashed_is_read_whole_and_without_secrets():
    assert parse_pods.pod(CRASHED) == PodFacts(
        name="qwen-1",
        uid="p1",
        owner_uid="rs1",
        revision="qwen-7d4b9",
        phase="Running",
        node="node-1",
        created_at=at(0),
        unready_since=at(2),
        scheduled=True,
        scheduled_at=at(1),
        asks={"nvidia.com/gpu": 3},
        containers=(
            ContainerFacts(
                name="load",
                init=True,
                ready=True,
                state="terminated",
                reason="Completed",
                terminated=Termination(0, "Completed"),
            ),
            ContainerFacts(
                name="engine",
                image="vllm/vllm-openai:v0.32.0",
                restarts=3,
                reason="CrashLoopBackOff",
                message="back-off 40s",
                last_termination=Termination(
                    1, "Error", "HF_TOKEN=*** is wrong", started_at=at(3), finished_at=at(3, 20)
                ),
            ),
        ),
    )


def test_pod_without_a_node_has_the_schedulers_words():
    conditions = [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
            "lastTransitionTime": "2026-11-21T10:05:00Z",
        }
    ]
    found = parse_pods.pod({"spec": {}, "status": {"phase": "Pending", "conditions": conditions}})
    assert not found.scheduled
    assert not found.gated
    assert found.scheduled_at is None
    assert found.unschedulable_message == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    assert found.unschedulable_since == at(5)


def test_pod_behind_a_gate_is_gated():
    conditions = [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "gates"}]
    assert parse_pods.pod({"status": {"conditions": conditions}}).gated


def test_pod_that_answers_is_ready_since_its_condition():
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T10:07:00Z"}]
    running = {
        "name": "engine",
        "started": True,
        "ready": True,
        "state": {"running": {"startedAt": "2026-11-21T10:06:00Z"}},
    }
    found = parse_pods.pod({"status": {"conditions": conditions, "containerStatuses": [running]}})
    assert (found.ready, found.ready_since, found.unready_since) == (True, at(7), None)
    assert (found.containers[0].state, found.containers[0].running_since) == ("running", at(6))


def test_deployment_is_read():
    template = {"metadata": {"annotations": {"modelservice.io/revision": "qwen-7d4b9"}}}
    found = parse_workload.deployment(
        {
            "metadata": {"uid": "d1", "generation": 4},
            "spec": {"replicas": 2, "template": template},
            "status": {
                "observedGeneration": 3,
                "replicas": 3,
                "updatedReplicas": 1,
                "readyReplicas": 2,
                "availableReplicas": 2,
                "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}],
            },
        }
    )
    assert found == DeploymentFacts(
        uid="d1",
        generation=4,
        observed_generation=3,
        revision="qwen-7d4b9",
        wanted=2,
        replicas=3,
        updated=1,
        ready=2,
        available=2,
        conditions=(WorkloadCondition("Progressing", "False", "ProgressDeadlineExceeded"),),
    )


def test_replica_set_that_may_make_no_pods_says_why_and_since_when():
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "message": "exceeded quota",
        "lastTransitionTime": "2026-11-21T10:00:00Z",
    }
    found = parse_workload.replica_set(
        {"metadata": {"name": "rs", "uid": "u"}, "spec": {"replicas": 2}, "status": {"conditions": [failure]}}
    )
    assert found == ReplicaSetFacts("rs", "u", wanted=2, failure="exceeded quota", failure_since=at(0))


def test_replica_set_that_recovered_has_no_failure():
    failure = {"type": "ReplicaFailure", "status": "False", "message": "exceeded quota"}
    assert parse_workload.replica_set({"status": {"conditions": [failure]}}).failure == ""


OURS = {"app.kubernetes.io/managed-by": "modelservice-operator", "modelservice.io/name": "qwen"}


@pytest.mark.parametrize(
    ("labels", "service"),
    [(OURS, "qwen"), ({"modelservice.io/name": "qwen"}, ""), ({}, "")],
    ids=["ours", "half ours", "a user's"],
)
def test_claim_knows_whose_it_is(labels, service):
    found = parse_workload.claim(
        {
            "metadata": {"name": "models", "labels": labels},
            "spec": {"accessModes": ["ReadWriteMany"], "storageClassName": "fast"},
            "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}},
        }
    )
    assert found == ClaimFacts("models", "Bound", ("ReadWriteMany",), "fast", "10Gi", service=service)


def test_revision_comes_with_what_is_noted_on_it():
    found = parse_workload.revision(
        {
            "metadata": {"name": "qwen-1", "annotations": {"modelservice.io/failed": "it crashed"}},
            "revision": 7,
            "data": {"inputs": {"a": 1}, "resolved": {"b": 2}, "template": {"c": 3}, "configMaps": {"m": {"k": "v"}}},
        }
    )
    assert found == RevisionFacts(
        "qwen-1", 7, {"a": 1}, {"b": 2}, {"c": 3}, config_maps={"m": {"k": "v"}}, failed="it crashed"
    )


def test_node_keeps_what_pods_select_by():
    found = parse_cluster.node(
        {
            "metadata": {
                "name": "gpu-1",
                "labels": {
                    "nvidia.com/gpu.product": "NVIDIA-H200",
                    "pool": "gpu",
                    "feature.node.kubernetes.io/cpu-cpuid.AVX512F": "true",
                },
            },
            "spec": {"unschedulable": True, "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]},
            "status": {
                "allocatable": {"cpu": "8", "memory": "1Gi", "nvidia.com/gpu": "8", "hugepages-1Gi": "0"},
                "conditions": [{"type": "Ready", "status": "Unknown"}],
            },
        }
    )
    assert found == NodeFacts(
        name="gpu-1",
        ready=False,
        schedulable=False,
        allocatable={"nvidia.com/gpu": 8},
        gpu_product="NVIDIA-H200",
        labels={"nvidia.com/gpu.product": "NVIDIA-H200", "pool": "gpu"},
        taints=(Taint("nvidia.com/gpu", "", "NoSchedule"),),
    )


def test_node_takes_pods_unless_it_says_otherwise():
    found = parse_cluster.node({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    assert found.ready
    assert found.schedulable


def test_storage_class_knows_its_binding_and_whether_it_is_the_default():
    found = parse_cluster.storage_class(
        {
            "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "volumeBindingMode": "WaitForFirstConsumer",
        }
    )
    assert found == StorageClassFacts("fast", "WaitForFirstConsumer", default=True)


EVENTS = {
    "core": {
        "involvedObject": {"kind": "Pod", "name": "qwen-1"},
        "message": "mount failed, password=x",
        "lastTimestamp": "2026-11-21T10:01:00Z",
    },
    "events.k8s.io": {
        "regarding": {"kind": "Pod", "name": "qwen-1"},
        "note": "mount failed, password=x",
        "eventTime": "2026-11-21T10:01:00.000000Z",
        "lastTimestamp": None,
    },
    "a series": {
        "involvedObject": {"kind": "Pod", "name": "qwen-1"},
        "message": "mount failed, password=x",
        "eventTime": "2026-11-21T09:00:00Z",
        "series": {"lastObservedTime": "2026-11-21T10:01:00Z"},
    },
}


@pytest.mark.parametrize("form", EVENTS)
def test_event_of_either_api_reads_the_same(form):
    found = parse_cluster.event({"reason": "FailedMount", **EVENTS[form]})
    assert found == EventFacts("Pod/qwen-1", "FailedMount", "mount failed, password=***", at(1))


PARSERS = [
    parse_pods.pod,
    parse_workload.deployment,
    parse_workload.replica_set,
    parse_workload.claim,
    parse_workload.revision,
    parse_cluster.node,
    parse_cluster.storage_class,
    parse_cluster.runtime_class,
    parse_cluster.event,
]
EMPTY = {
    "empty": {},
    "nulls": {"metadata": None, "spec": None, "status": None},
    "other shapes": {"metadata": [], "spec": "x", "status": {"conditions": {}}},
}


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@pytest.mark.parametrize("shape", EMPTY)
def test_parse_never_raises_on_objects_without_their_parts(parse, shape):
    parse(EMPTY[shape])


SERVING = {
    "ours": (["side", "engine"], "engine"),
    "an adopted one is its first": (["vllm", "side"], "vllm"),
    "nothing said": ([], "engine"),
}


@pytest.mark.parametrize(("names", "serves"), SERVING.values(), ids=SERVING)
def test_container_that_serves_is_told(names: list[str], serves: str) -> None:
    statuses = [{"name": name} for name in sorted(names)]  # the kubelet sorts them
    containers = [{"name": name} for name in names]
    found = parse_pods.pod({"spec": {"containers": containers}, "status": {"containerStatuses": statuses}})
    assert found.serves == serves
    assert (found.engine.name if found.engine else "") == (serves if names else "")
