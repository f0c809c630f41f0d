"""A ModelService that no operator has seen yet does not read as ready."""

from __future__ import annotations

import pytest

from lab.client import Client

pytestmark = pytest.mark.usefixtures("crd")


def test_unseen_service_is_not_taken_for_ready(api: Client, namespace: str) -> None:
    """kstatus (Helm, Flux) calls a resource without a status ready; an older observed generation tells it to wait."""
    body = {
        "apiVersion": "modelservice.io/v1alpha1",
        "kind": "ModelService",
        "metadata": {"name": "unseen"},
        "spec": {"model": "org/name"},
    }
    api.create(body, namespace)
    stored = api.get("ModelService", "unseen", namespace)
    assert stored["metadata"]["generation"] == 1
    assert stored["status"]["observedGeneration"] == 0
