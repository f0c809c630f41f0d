"""Each fault of the control plane does what it says, and heals."""

import json
from collections.abc import Iterator

import httpx
import pytest

from lab import faults
from lab.client import Client, condition
from lab.controlplane import ControlPlane
from lab.lab import Lab


@pytest.fixture
def controlplane(lab: Lab) -> Iterator[ControlPlane]:
    """The control plane, whole again after the test."""
    yield lab.controlplane
    for process in reversed(lab.controlplane.processes):
        process.resume()
        if not process.running:
            process.restart()
    lab.controlplane.wait_ready(60)


def configmap(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def deployment(name: str) -> dict[str, object]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_killed_api_server_answers_nothing_and_comes_back_with_its_data(
    api: Client, controlplane: ControlPlane, namespace: str
) -> None:
    api.create(configmap("kept"), namespace)
    controlplane.apiserver.kill()
    with pytest.raises(httpx.TransportError):
        api.get("ConfigMap", "kept", namespace)
    controlplane.apiserver.restart()
    controlplane.wait_ready(60)
    assert api.find("ConfigMap", "kept", namespace)


def test_paused_api_server_hangs_until_it_is_resumed(api: Client, controlplane: ControlPlane) -> None:
    controlplane.apiserver.pause()
    with pytest.raises(httpx.TimeoutException):
        api.http.get("/version", timeout=1)
    controlplane.apiserver.resume()
    assert api.http.get("/version", timeout=10).is_success


def test_killed_etcd_comes_back_with_its_data(api: Client, controlplane: ControlPlane, namespace: str) -> None:
    api.create(configmap("kept"), namespace)
    controlplane.etcd.kill()
    with pytest.raises(httpx.TimeoutException):
        api.http.get(f"/api/v1/namespaces/{namespace}/configmaps/kept", timeout=2)
    controlplane.etcd.restart()
    controlplane.wait_ready(60)
    assert api.find("ConfigMap", "kept", namespace)


def test_paused_controllers_do_nothing_until_they_are_resumed(
    api: Client, controlplane: ControlPlane, namespace: str
) -> None:
    controlplane.controller_manager.pause()
    api.create(deployment("web"), namespace)
    with pytest.raises(TimeoutError):
        api.wait("Deployment", "web", namespace, lambda d: bool(d.get("status")), timeout=1)
    controlplane.controller_manager.resume()
    api.wait("Deployment", "web", namespace, condition("Progressing"))


def test_expired_versions_are_gone(api: Client, controlplane: ControlPlane, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    old = api.http.get(path).json()["metadata"]["resourceVersion"]
    api.create(configmap("one"), namespace)
    faults.expire(controlplane)
    with api.http.stream("GET", path, params={"watch": "true", "resourceVersion": old}) as answer:
        event = json.loads(next(answer.iter_lines()))
    told = event.get("object", event)
    assert (told["code"], told["reason"]) == (410, "Expired")
    assert api.find("ConfigMap", "one", namespace)


def test_process_is_found_and_restarted_by_its_record_alone(lab: Lab, controlplane: ControlPlane) -> None:
    before = controlplane.scheduler.pid
    found = Lab.find(lab.identity.name)
    assert found
    found.controlplane.scheduler.restart()
    after = controlplane.scheduler.pid
    assert after
    assert after != before
