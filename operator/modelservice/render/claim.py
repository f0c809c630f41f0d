"""The PersistentVolumeClaim of the cache, where the spec asks for one. No reconcile ever deletes it."""

from __future__ import annotations

from typing import Any

from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.workload import ClaimFacts
from modelservice.render.metadata import Manifest, metadata
from modelservice.render.volumes import claim_name

DEFAULT_ACCESS_MODES = ("ReadWriteOnce",)


def claim(owner: ModelService, spec: ModelServiceSpec, existing: ClaimFacts | None) -> Manifest | None:
    """A retained claim has no owner, so that it outlives the ModelService and is found again by its labels.

    What a claim can never change keeps the value that the existing one has, whatever the defaults have become.
    """
    cache = spec.cache
    if cache is None or not cache.size:
        return None
    name = claim_name(owner.metadata.name)
    found = existing if existing and existing.name == name else None
    body: dict[str, Any] = {
        "accessModes": list(access_modes(spec, found)),
        "resources": {"requests": {"storage": cache.size}},
    }
    storage_class = found.storage_class if found and cache.storage_class_name else cache.storage_class_name
    if storage_class:
        body["storageClassName"] = storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(owner, name, owned=not cache.retain),
        "spec": body,
    }


def access_modes(spec: ModelServiceSpec, existing: ClaimFacts | None) -> tuple[str, ...]:
    """How the cache's volume may be mounted: as the claim says, else as was asked for, else by one node."""
    if existing and existing.access_modes:
        return existing.access_modes
    return tuple(spec.cache.access_modes if spec.cache else ()) or DEFAULT_ACCESS_MODES
