"""Caches on volumes that will not do: told before anything hangs, with the field to change."""

from __future__ import annotations

import pytest

from lab.client import Client
from model_services import ModelServices, has, message

pytestmark = pytest.mark.usefixtures("operator", "nodes")

SIZE = {"size": "1Gi"}


@pytest.fixture
def barren(api: Client, namespace: str) -> str:
    """A StorageClass whose volumes never come."""
    name = f"barren-{namespace}"
    body = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}
    api.create({**body, "provisioner": "example.org/none", "volumeBindingMode": "Immediate"})
    return name


def test_replicas_on_a_volume_of_one_node_are_warned_of(services: ModelServices) -> None:
    services.create(cache=SIZE, replicas=2)
    body = services.wait(lambda body: has("Accepted")(body) and "ReadWriteOnce" in message(body, "Accepted"))
    told = message(body, "Accepted")
    assert "some of 2 replicas may wait for ever" in told
    assert "cache.accessModes" in told


def test_claim_that_no_volume_comes_for_is_told_with_its_class(services: ModelServices, barren: str) -> None:
    services.create(cache={**SIZE, "storageClassName": barren})
    body = services.wait(has("ModelCached", "False", "ClaimNotBound"))
    told = message(body, "ModelCached")
    assert f"StorageClass {barren} has not made its volume yet" in told
    assert "cache.storageClassName" in told


def test_class_that_is_not_there_is_told(services: ModelServices) -> None:
    services.create(cache={**SIZE, "storageClassName": "gold"})
    told = message(services.wait(has("ModelCached", "False", "ClaimNotBound")), "ModelCached")
    assert "StorageClass gold does not exist; the cluster has" in told
    assert "cache.storageClassName" in told


def test_claim_that_is_not_there_is_told(services: ModelServices) -> None:
    services.create(cache={"claimName": "models"})
    told = message(services.wait(has("ModelCached", "False", "ClaimMissing")), "ModelCached")
    assert "Create it, or change cache.claimName." in told
