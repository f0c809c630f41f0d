"""What people do to children by hand, on a ModelService that has a child of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.client import Manifest
from model_services import ModelServices

SPEC: dict[str, Any] = {
    "replicas": 2,
    "cache": {"size": "1Gi", "retain": False},
    "engine": {"type": "mock", "files": [{"name": "note", "path": "/etc/note", "content": "hello"}]},
}
"""A ModelService that has a child of every kind."""


@dataclass(frozen=True)
class Drift:
    """An edit by hand, and the field that must come back."""

    kind: str
    patch: Manifest
    field: Callable[[Manifest], object]


def label(child: Manifest) -> object:
    return child["metadata"]["labels"].get("app.kubernetes.io/part-of")


RELABELLED = {"metadata": {"labels": {"app.kubernetes.io/part-of": "something-else"}}}
DRIFTS = {
    "Service selector": Drift("Service", {"spec": {"selector": {"app": "other"}}}, lambda s: s["spec"]["selector"]),
    "Service port": Drift(
        "Service", {"spec": {"ports": [{"name": "http", "port": 9}]}}, lambda s: s["spec"]["ports"][0]["port"]
    ),
    "Deployment replicas": Drift("Deployment", {"spec": {"replicas": 7}}, lambda d: d["spec"]["replicas"]),
    "Deployment strategy": Drift(
        "Deployment",
        {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}},
        lambda d: d["spec"]["strategy"]["type"],
    ),
    "budget": Drift("PodDisruptionBudget", {"spec": {"maxUnavailable": 2}}, lambda b: b["spec"]["maxUnavailable"]),
    "ConfigMap": Drift("ConfigMap", RELABELLED, label),
    "ControllerRevision": Drift("ControllerRevision", RELABELLED, label),
    "claim": Drift("PersistentVolumeClaim", RELABELLED, label),
    "mark of what was applied": Drift(
        "Service",
        {"metadata": {"annotations": {"modelservice.io/applied": "none"}}},
        lambda s: s["metadata"]["annotations"]["modelservice.io/applied"],
    ),
}
KINDS = ("Deployment", "Service", "PodDisruptionBudget", "ConfigMap", "ControllerRevision", "PersistentVolumeClaim")


def made(services: ModelServices) -> dict[str, Manifest]:
    """One child of each kind, once all are there."""
    services.create(**SPEC)
    services.wait(lambda body: {child["kind"] for child in body.get("status", {}).get("children", ())} == set(KINDS))
    return {kind: services.children(kind)[0] for kind in KINDS}


def spoil(services: ModelServices, drift: Drift, child: Manifest) -> None:
    """Another manager takes the field."""
    name = child["metadata"]["name"]
    spoilt = services.client.patch(drift.kind, name, drift.patch, services.namespace)
    assert drift.field(spoilt) != drift.field(child)


def delete(services: ModelServices, child: Manifest) -> None:
    services.client.delete(child["kind"], child["metadata"]["name"], services.namespace)


def uid(child: Manifest) -> object:
    return child["metadata"]["uid"]
