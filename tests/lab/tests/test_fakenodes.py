"""Fake nodes: hundreds of them, schedulable, with pods that do what their annotation says."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lab.client import Client, Manifest, condition
from lab.fakenodes import FakeNodes
from lab.gpus import Gpus
from lab.lab import Lab
from lab.stages import AFTER, PLAYS

CROWD = 300 if os.environ.get("LONG") else 100


@pytest.fixture(scope="module")
def fake(lab: Lab) -> Iterator[FakeNodes]:
    with FakeNodes(lab.controlplane) as fake:
        fake.add(3, gpus=Gpus(count=8))
        yield fake


def pod(name: str, annotations: Mapping[str, str] = {}, gpus: int = 0) -> dict[str, Any]:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    container = {"name": "engine", "image": "engine", "resources": {"limits": limits}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": dict(annotations)},
        "spec": {"containers": [container], "tolerations": [{"operator": "Exists"}]},
    }


def state(pod: Manifest) -> Manifest:
    found: Manifest = pod["status"]["containerStatuses"][0]
    return found


def has_state(pod: Manifest) -> bool:
    return bool(pod["status"].get("containerStatuses"))


@pytest.mark.usefixtures("fake")
def test_pod_turns_ready_by_default(api: Client, namespace: str) -> None:
    api.create(pod("one"), namespace)
    seen = api.wait("Pod", "one", namespace, until=condition("Ready"))
    assert (seen["status"]["phase"], state(seen)["ready"]) == ("Running", True)
    assert seen["status"]["podIP"]


@pytest.mark.usefixtures("fake")
def test_pod_that_hangs_runs_and_turns_ready_when_told(api: Client, namespace: str) -> None:
    api.create(pod("one", {PLAYS: "hang"}), namespace)
    seen = api.wait("Pod", "one", namespace, until=has_state)
    assert (seen["status"]["phase"], state(seen)["ready"]) == ("Running", False)
    api.patch("Pod", "one", {"metadata": {"annotations": {PLAYS: "ready"}}}, namespace)
    api.wait("Pod", "one", namespace, until=condition("Ready"))


@pytest.mark.usefixtures("fake")
def test_pod_that_crashes_restarts_more_and_more(api: Client, namespace: str) -> None:
    api.create(pod("one", {PLAYS: "crash"}), namespace)
    seen = api.wait("Pod", "one", namespace, until=lambda p: has_state(p) and state(p)["restartCount"] >= 3)
    assert state(seen)["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert state(seen)["lastState"]["terminated"]["exitCode"] == 1


@pytest.mark.usefixtures("fake")
def test_pod_that_fails_has_failed(api: Client, namespace: str) -> None:
    api.create(pod("one", {PLAYS: "fail"}), namespace)
    seen = api.wait("Pod", "one", namespace, until=lambda p: p["status"].get("phase") == "Failed")
    assert state(seen)["state"]["terminated"]["reason"] == "Error"


@pytest.mark.usefixtures("fake")
def test_pod_waits_as_long_as_it_is_told(api: Client, namespace: str) -> None:
    api.create(pod("slow", {AFTER: "600s"}), namespace)
    api.create(pod("quick", {AFTER: "1s"}), namespace)
    api.wait("Pod", "quick", namespace, until=condition("Ready"))
    assert api.get("Pod", "slow", namespace)["status"]["phase"] == "Pending"


@pytest.mark.usefixtures("fake")
def test_job_completes(api: Client, namespace: str) -> None:
    template = pod("none")
    spec = {"template": {"spec": template["spec"] | {"restartPolicy": "Never"}}}
    api.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "one"}, "spec": spec}, namespace)
    api.wait("Job", "one", namespace, until=condition("Complete"))


@pytest.mark.usefixtures("fake")
def test_deleted_pod_goes_at_once(api: Client, namespace: str) -> None:
    api.create(pod("one"), namespace)
    api.wait("Pod", "one", namespace, until=condition("Ready"))
    api.delete("Pod", "one", namespace)
    api.wait_gone("Pod", "one", namespace, timeout=5)


@pytest.mark.usefixtures("fake")
def test_gpus_of_fake_nodes_are_counted(api: Client, namespace: str) -> None:
    for number in range(4):
        api.create(pod(f"pod-{number}", gpus=8), namespace)
    api.wait("Pod", "pod-2", namespace, until=condition("Ready"))
    refused = api.wait("Pod", "pod-3", namespace, until=condition("PodScheduled", "False"))
    [why] = [c["message"] for c in refused["status"]["conditions"] if c["type"] == "PodScheduled"]
    assert "3 Insufficient nvidia.com/gpu" in why


def test_crowd_of_nodes_is_ready_together(api: Client, fake: FakeNodes, namespace: str) -> None:
    fake.add(CROWD, prefix="crowd", pool="crowd")
    labels = {"app": "crowd"}
    template = {"metadata": {"labels": labels}, "spec": pod("none")["spec"] | {"nodeSelector": {"pool": "crowd"}}}
    spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
    template["spec"]["topologySpreadConstraints"] = [spread | {"labelSelector": {"matchLabels": labels}}]
    spec = {"replicas": CROWD, "selector": {"matchLabels": labels}, "template": template}
    api.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "crowd"}, "spec": spec}, namespace)
    api.wait("Deployment", "crowd", namespace, lambda d: d.get("status", {}).get("readyReplicas") == CROWD, 120)
    nodes = {pod["spec"]["nodeName"] for pod in api.list("Pod", namespace)}
    assert len(nodes) == CROWD
