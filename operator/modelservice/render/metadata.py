"""Metadata that every child bears: labels that people and informers select by, and who owns it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.api.resource import API_VERSION, KIND, ModelService
from modelservice.facts.marks import (
    APPLIED_ANNOTATION,
    COMPONENT_LABEL,
    ENGINE,
    MANAGED_BY_LABEL,
    MANAGER,
    NAME_LABEL,
)
from modelservice.render.canonical import digest

Manifest = dict[str, Any]


def labels(service: str, component: str = ENGINE) -> dict[str, str]:
    """On every child and its pods."""
    return {
        "app.kubernetes.io/name": "modelservice",
        "app.kubernetes.io/instance": service,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": "modelservice",
        MANAGED_BY_LABEL: MANAGER,
        **selector(service, component),
    }


def selector(service: str, component: str = ENGINE) -> dict[str, str]:
    """What the Deployment and the Service select by, for good: a Deployment's selector can never change."""
    return {NAME_LABEL: service, COMPONENT_LABEL: component}


def metadata(
    service: ModelService,
    name: str,
    *,
    owned: bool = True,
    component: str = ENGINE,
    extra_labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """Metadata of a child; `extra_labels` never replace one of ours."""
    result: Manifest = {
        "name": name,
        "namespace": service.metadata.namespace,
        "labels": {**(extra_labels or {}), **labels(service.metadata.name, component)},
    }
    if annotations:
        result["annotations"] = dict(annotations)
    if owned and service.metadata.uid:
        result["ownerReferences"] = [owner(service)]
    return result


def owner(service: ModelService) -> Manifest:
    """The ModelService as controller. It never blocks its own deletion: that would need rights on finalizers."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "name": service.metadata.name,
        "uid": service.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def marked(manifest: Manifest) -> Manifest:
    """The manifest with its own digest as annotation, by which a no-op is seen without asking the API server."""
    meta = manifest["metadata"]
    annotations = {**meta.get("annotations", {}), APPLIED_ANNOTATION: digest(manifest)}
    return {**manifest, "metadata": {**meta, "annotations": annotations}}
