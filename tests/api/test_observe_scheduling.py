"""Why a pod has no node, in the words of a real scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gathered import deployment, told_once
from lab.client import Client

GPU = "nvidia.com/gpu"
TAINT = {"key": "observe.test", "value": "yes", "effect": "NoSchedule"}
TOLERATE = {"tolerations": [{"key": "observe.test", "operator": "Exists"}]}


@pytest.fixture(scope="module", autouse=True)
def gpu_node(api: Client) -> Iterator[None]:
    """A node that only this module's pods tolerate: 2 GPUs of one kind, and nobody who runs anything."""
    labels = {"nvidia.com/gpu.product": "NVIDIA-A100", "pool": "observe"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "observe-gpu", "labels": labels},
        "spec": {"taints": [TAINT]},
    }
    room = {"cpu": "4", "memory": "8Gi", "pods": "10", GPU: "2"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "", "lastTransitionTime": None}
    api.create(node)
    status = {"capacity": room, "allocatable": room, "conditions": [ready]}
    api.patch("Node", "observe-gpu", {"status": status}, subresource="status")
    yield
    api.delete("Node", "observe-gpu")


def pod(gpus: int = 0, **spec: Any) -> dict[str, Any]:
    resources = {"limits": {GPU: str(gpus)}} if gpus else {}
    return {"containers": [{"name": "engine", "image": "x:1", "resources": resources}], **spec}


def claimed(name: str, **changes: Any) -> dict[str, Any]:
    return pod(volumes=[{"name": "cache", "persistentVolumeClaim": {"claimName": name}}], **TOLERATE, **changes)


def bulky(resource: str, amount: str) -> dict[str, Any]:
    found = pod(**TOLERATE)
    found["containers"][0]["resources"] = {"requests": {resource: amount}}
    return found


CASES = {
    "more GPUs than any node has": (
        pod(4, **TOLERATE),
        {"gpu": {"count": 4}},
        "NotEnoughGPUs",
        "A replica asks for 4 nvidia.com/gpu on one node, and the biggest that matches has 2. Lower gpu.count.",
    ),
    "GPU product that is not there": (
        pod(1, nodeSelector={"nvidia.com/gpu.product": "NVIDIA-H200"}, **TOLERATE),
        {"gpu": {"count": 1, "products": ["NVIDIA-H200"]}},
        "NoMatchingNode",
        "No node has GPU product NVIDIA-H200; the cluster has NVIDIA-A100. Change gpu.products.",
    ),
    "resource that no node offers": (
        {"containers": [{"name": "engine", "image": "x:1", "resources": {"limits": {"amd.com/gpu": "1"}}}]},
        {"gpu": {"count": 1, "resourceName": "amd.com/gpu"}},
        "NoMatchingNode",
        "No node offers amd.com/gpu. Install the GPU's device plugin, or change gpu.resourceName, or set gpu.count "
        "to 0 for CPU.",
    ),
    "label that no node bears": (
        pod(nodeSelector={"pool": "elsewhere"}, **TOLERATE),
        {"nodeSelector": {"pool": "elsewhere"}},
        "NoMatchingNode",
        "No node has the label pool=elsewhere. Change nodeSelector, or label a node.",
    ),
    "taint that nothing tolerates": (
        pod(nodeSelector={"pool": "observe"}),
        {"nodeSelector": {"pool": "observe"}},
        "Unschedulable",
        "No node takes the pod. 1 node has a taint that is not tolerated (observe.test=yes): add it to tolerations.",
    ),
    "memory that no node has": (
        bulky("memory", "1Ti"),
        {"resources": {"requests": {"memory": "1Ti"}}},
        "Unschedulable",
        "No node takes the pod. 1 node has too little free memory: free some, or lower resources.requests.memory.",
    ),
    "claim that does not exist": (
        claimed("models"),
        {"cache": {"claimName": "models"}},
        "ClaimMissing",
        "PersistentVolumeClaim models does not exist. Create it, or change cache.claimName.",
    ),
    "scheduling gate": (
        pod(schedulingGates=[{"name": "kueue.x-k8s.io/admission"}]),
        {},
        "SchedulingGated",
        "A scheduling gate holds the pod until its queue lets it go.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_pod_without_a_node_says_what_is_missing(api: Client, namespace: str, case: str) -> None:
    template, spec, reason, message = CASES[case]
    api.create(deployment(template), namespace)
    spec = {"gpu": {"count": 0}, **spec}
    status = told_once(api, namespace, lambda status: status.phase not in {"Progressing", "Starting"}, spec)
    scheduled = next(found for found in status.conditions if found.type == "Scheduled")
    assert (status.message, scheduled.status, scheduled.reason) == (message, "False", reason)


def test_claim_of_a_class_that_is_not_there_names_the_class(api: Client, namespace: str) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "models"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gold",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    api.create(claim, namespace)
    api.create(deployment(claimed("models")), namespace)
    spec = {"gpu": {"count": 0}, "cache": {"claimName": "models"}}
    status = told_once(api, namespace, lambda status: status.phase == "NoVolume", spec, claim="models")
    assert status.message is not None
    assert status.message.startswith(
        "PersistentVolumeClaim models is not bound: StorageClass gold does not exist; the cluster has "
    )
