"""What the API server refuses, and what cannot be read: told with its reason, and never in the way of others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.client import ApiError, Client
from lab.documents import documents
from lab.patience import looks
from model_services import NAME, READY, ModelServices, conditions, has, message, observed
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("operator", "nodes")

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"


def quota(**hard: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": {name.replace("_", "."): str(number) for name, number in hard.items()}},
    }


def test_pod_template_that_the_api_server_refuses_leaves_what_runs(services: ModelServices) -> None:
    services.create()
    serving = services.wait(READY)["status"]["currentRevision"]
    before = services.child("Deployment")
    services.edit(podTemplate={"spec": {"hostname": "not a hostname"}})
    body = services.wait(has("Accepted", "False"))
    assert "hostname" in message(body, "Stalled")
    assert conditions(body)["Available"][0] == "True"
    assert services.child("Deployment")["metadata"]["generation"] == before["metadata"]["generation"]
    services.edit(podTemplate=None)
    assert services.wait(READY)["status"]["currentRevision"] == serving


def test_service_stops_though_the_api_server_refuses_its_pod_template(services: ModelServices) -> None:
    services.create(replicas=2)
    services.wait(READY)
    services.edit(podTemplate={"spec": {"hostname": "not a hostname"}})
    services.wait(has("Accepted", "False"))
    services.edit(suspend=True)
    services.wait_child("Deployment", lambda body: body["spec"]["replicas"] == 0)
    body = services.wait(lambda body: has("Available", "False")(body) and observed(body))
    assert "hostname" in message(body, "Stalled")
    services.edit(podTemplate=None, suspend=None)
    services.wait(READY)
    assert services.child("Deployment")["spec"]["replicas"] == 2


def test_service_stops_though_its_volume_may_not_be_made(services: ModelServices) -> None:
    services.client.create(quota(persistentvolumeclaims=0), services.namespace)
    services.client.wait("ResourceQuota", "small", services.namespace, lambda q: "used" in q.get("status", {}))
    services.create()
    services.wait(READY)
    services.edit(cache={"size": "1Gi"}, suspend=True)
    services.wait_child("Deployment", lambda body: body["spec"]["replicas"] == 0)


def test_first_spec_that_the_api_server_refuses_makes_no_service(services: ModelServices) -> None:
    services.create(podTemplate={"spec": {"hostname": "not a hostname"}})
    services.wait(has("Accepted", "False"))
    assert services.children("Deployment") == services.children("Service") == []


def test_quota_for_objects_is_told_and_waited_for(services: ModelServices) -> None:
    services.client.create(quota(services=0), services.namespace)
    services.client.wait("ResourceQuota", "small", services.namespace, lambda q: "used" in q.get("status", {}))
    services.create()
    body = services.wait(has("Ready", "False", "QuotaExceeded"))
    assert "small" in message(body, "Ready")
    services.client.delete("ResourceQuota", "small", services.namespace)
    services.wait(READY, timeout=90)


def test_quota_for_pods_is_told_and_waited_for(services: ModelServices) -> None:
    services.client.create(quota(pods=1), services.namespace)
    services.client.wait("ResourceQuota", "small", services.namespace, lambda q: "used" in q.get("status", {}))
    services.create(replicas=2)
    one_of_two = has("Available", "True")
    services.wait(lambda body: has("Ready", "False", "QuotaExceeded")(body) and one_of_two(body))
    services.client.patch("ResourceQuota", "small", {"spec": {"hard": {"pods": "5"}}}, services.namespace)
    services.wait(READY, timeout=90)


def test_namespace_that_is_being_deleted_is_left_alone(services: ModelServices, operator: RunningOperator) -> None:
    """A pod that stays long keeps the namespace, and its ModelService goes at once."""
    services.create()
    services.wait(READY)
    holder = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "holder", "finalizers": ["lab.test/hold"]}}
    services.client.create(holder, services.namespace)
    services.client.delete("Namespace", services.namespace)
    services.client.wait_gone("ModelService", NAME, services.namespace)
    services.client.wait_gone("Deployment", NAME, services.namespace)
    services.client.patch("ConfigMap", "holder", {"metadata": {"finalizers": None}}, services.namespace)
    services.client.wait_gone("Namespace", services.namespace)
    assert operator.running


def test_bad_objects_do_not_slow_the_others(services: ModelServices, api: Client, operator: RunningOperator) -> None:
    """More of them than there are workers, each failing over and over."""
    bad = [f"bad-{number}" for number in range(20)]
    for name in bad:
        services.create(name, podTemplate={"spec": {"hostname": "not a hostname"}})
    for name in bad:
        services.wait(has("Accepted", "False"), name)
    began = time.monotonic()
    services.create("good")
    services.wait(lambda body: observed(body) and bool(body["status"].get("children")), "good", timeout=10)
    assert time.monotonic() - began < 5
    assert operator.metric("workqueue_retries_total") >= len(bad)
    assert api.list("Deployment", services.namespace)


@pytest.fixture
def newer_crd(api: Client) -> Iterator[None]:
    """The CRD of a version that knows one engine more, and a field more."""
    newer = documents(CRD.read_text())[0]
    spec = newer["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    types = spec["engine"]["properties"]["type"]
    types["pattern"] = f"{types['pattern']}|^later$"
    spec["later"] = {"type": "string", "default": "than this operator"}
    api.apply(newer)
    yield
    api.install(CRD)


@pytest.mark.usefixtures("newer_crd")
def test_object_of_a_newer_version_is_told_that_it_cannot_be_read(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    edited(services, engine={"type": "later"})
    body = services.wait(has("Accepted", "False", "InvalidSpec"))
    assert "spec.engine.type" in message(body, "Stalled")
    assert conditions(body)["Available"][0] == "True"
    services.edit(engine={"type": "mock"})
    services.wait(READY)


def edited(services: ModelServices, **spec: Any) -> None:
    """Once the API server takes it: a changed CRD is served a moment later."""
    for _ in looks(20):
        try:
            services.edit(**spec)
            return
        except ApiError as error:
            refusal = error
    raise refusal
