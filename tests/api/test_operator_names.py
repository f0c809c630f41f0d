"""A name that is taken: what is not ours is never touched, what is ours is found again."""

from __future__ import annotations

from typing import Any

import pytest

from lab.client import Manifest
from model_services import NAME, READY, ModelServices, has, message

pytestmark = pytest.mark.usefixtures("operator", "nodes")

CLAIM = f"{NAME}-cache"
LABELS = {"app": "somebody-else"}
FOREIGN: dict[str, Manifest] = {
    "Service": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {"selector": LABELS, "ports": [{"port": 80}]},
    },
    "Service without selector": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {"ports": [{"port": 80}]},
    },
    "Deployment": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": "web"}]}},
        },
    },
    "PodDisruptionBudget": {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": NAME},
        "spec": {"maxUnavailable": 1},
    },
    "PersistentVolumeClaim": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    },
}
SPEC: dict[str, Any] = {"replicas": 2, "cache": {"size": "1Gi"}}


def untouched(seen: Manifest) -> Manifest:
    """What nobody but its owner changes."""
    metadata = {name: seen["metadata"].get(name) for name in ("uid", "labels", "ownerReferences")}
    return {"metadata": metadata, "spec": seen["spec"]}


@pytest.mark.parametrize("case", FOREIGN)
def test_object_of_that_name_is_never_taken_over_and_no_pod_starts(services: ModelServices, case: str) -> None:
    foreign = services.client.create(FOREIGN[case], services.namespace)
    kind, name = foreign["kind"], foreign["metadata"]["name"]
    services.create(**SPEC)
    body = services.wait(has("Stalled", reason="NameConflict"))
    assert f"{kind}" in message(body, "Stalled")
    assert name in message(body, "Stalled")
    assert untouched(services.child(kind, name)) == untouched(foreign)
    assert services.children("Pod") == []


def test_service_goes_on_once_the_name_is_free(services: ModelServices) -> None:
    services.client.create(FOREIGN["Service"], services.namespace)
    services.create()
    services.wait(has("Stalled", reason="NameConflict"))
    services.client.delete("Service", NAME, services.namespace)
    services.wait(READY, timeout=60)


def test_serving_goes_on_when_somebody_takes_the_name_of_a_child(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.client.create(FOREIGN["PodDisruptionBudget"], services.namespace)
    services.edit(replicas=2)
    services.wait(has("Stalled", reason="NameConflict"))
    assert services.child("Deployment")["spec"]["replicas"] == 2


def test_children_left_by_an_orphaning_deletion_are_not_taken_over(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.delete(propagationPolicy="Orphan")
    services.client.wait_gone("ModelService", NAME, services.namespace)
    orphan = services.wait_child("Deployment", lambda child: "ownerReferences" not in child["metadata"])
    services.create()
    services.wait(has("Stalled", reason="NameConflict"))
    assert services.child("Deployment")["metadata"]["uid"] == orphan["metadata"]["uid"]


def test_recreated_service_waits_for_the_children_of_the_one_before(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    old = services.child("Deployment")["metadata"]["uid"]
    services.delete()
    services.create()
    services.wait(READY, timeout=60)
    assert services.child("Deployment")["metadata"]["uid"] != old


def test_retained_claim_outlives_its_service_and_is_found_again(services: ModelServices) -> None:
    services.create(cache={"size": "1Gi", "retain": True})
    claim = services.wait_child("PersistentVolumeClaim", name=CLAIM)
    services.wait_child("Deployment")
    services.delete()
    services.client.wait_gone("Deployment", NAME, services.namespace)
    services.create(cache={"size": "1Gi", "retain": True})
    services.wait(lambda body: CLAIM in {child["name"] for child in body.get("status", {}).get("children", ())})
    assert services.child("PersistentVolumeClaim", CLAIM)["metadata"]["uid"] == claim["metadata"]["uid"]


def test_claim_that_is_not_retained_goes_with_its_service(services: ModelServices) -> None:
    services.create(cache={"size": "1Gi", "retain": False})
    services.wait_child("PersistentVolumeClaim", name=CLAIM)
    services.delete()
    services.client.wait_gone("PersistentVolumeClaim", CLAIM, services.namespace)
