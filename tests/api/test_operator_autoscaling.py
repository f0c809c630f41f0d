"""Autoscalers: one on the ModelService's scale subresource works, one on the Deployment is named."""

from __future__ import annotations

from typing import Any

import pytest

from model_services import NAME, READY, ModelServices, conditions, has, message

pytestmark = pytest.mark.usefixtures("operator", "nodes")


def autoscaler(at_least: int, **target: str) -> dict[str, Any]:
    """It needs no metrics to bring the replicas to its minimum."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "auto"},
        "spec": {"minReplicas": at_least, "maxReplicas": 5, "scaleTargetRef": {"name": NAME, **target}},
    }


def test_autoscaler_scales_the_model_service(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    target = {"apiVersion": "modelservice.io/v1alpha1", "kind": "ModelService"}
    services.client.create(autoscaler(3, **target), services.namespace)
    body = services.wait(lambda body: READY(body) and body["status"]["readyReplicas"] == 3, timeout=90)
    assert body["spec"]["replicas"] == 3
    assert len(services.children("ControllerRevision")) == 1


def test_autoscaler_of_the_deployment_is_named_with_the_way_out(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.client.create(autoscaler(1, apiVersion="apps/v1", kind="Deployment"), services.namespace)
    body = services.wait(lambda body: "auto" in message(body, "Accepted"))
    assert "scaleTargetRef" in message(body, "Accepted")
    assert conditions(body)["Ready"][0] == "True"
    services.client.delete("HorizontalPodAutoscaler", "auto", services.namespace)
    services.wait(lambda body: "auto" not in message(body, "Accepted"))
    assert has("Ready")(services.get())
