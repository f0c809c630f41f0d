"""What a revision is made from: the part of the spec that pods are rendered from, and the restart annotation.

Scaling, suspending, the Service, the rollout's manner and the claim's size are no part of it: none of them touches a
pod. Two inputs are compared as parsed by today's model, so that a default that a newer schema writes into the resource
is no edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from modelservice.api.resource import RESTART_ANNOTATION, ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.workload import RevisionFacts
from modelservice.render.canonical import digest

Tree = Mapping[str, Any]

NOT_OF_THE_POD = frozenset({"replicas", "suspend", "service", "rollout"})
NOT_OF_THE_POD_IN_CACHE = frozenset({"storageClassName", "accessModes", "retain", "prune"})
SOME_SIZE = "0"
"""Stands for any `cache.size`: that there is a claim of ours matters to the pod, not how large it is."""


def inputs_of(service: ModelService) -> dict[str, Any]:
    """The inputs as they are stored."""
    restart = service.metadata.annotations.get(RESTART_ANNOTATION, "")
    result: dict[str, Any] = {"spec": _stored(pod_part(service.spec.manifest()))}
    if restart:
        result["restart"] = restart
    return result


def pod_part(said: Tree) -> dict[str, Any]:
    """The pod-relevant part of a spec, or of a partial one."""
    result = {key: value for key, value in said.items() if key not in NOT_OF_THE_POD}
    if "cache" in result:
        result["cache"] = {key: value for key, value in said["cache"].items() if key not in NOT_OF_THE_POD_IN_CACHE}
    return result


def other_part(said: Tree) -> dict[str, Any]:
    """What `pod_part` leaves out."""
    result = {key: value for key, value in said.items() if key in NOT_OF_THE_POD}
    cache = {key: value for key, value in said.get("cache", {}).items() if key in NOT_OF_THE_POD_IN_CACHE}
    return {**result, "cache": cache} if cache else result


def _stored(part: dict[str, Any]) -> dict[str, Any]:
    """Without what would make a revision large or differ for nothing: the texts of files, the size of the claim."""
    result = dict(part)
    if "size" in result.get("cache", {}):
        result["cache"] = {**result["cache"], "size": SOME_SIZE}
    if result.get("engine", {}).get("files"):
        result["engine"] = {**result["engine"], "files": [_fingerprinted(file) for file in result["engine"]["files"]]}
    return result


def _fingerprinted(file: Tree) -> Tree:
    """A file's text is stored once, in its ConfigMap; a digest is enough to see an edit."""
    if "content" not in file:
        return file
    return {**file, "content": f"sha256:{digest(file['content'], 64)}"}


def current_inputs(stored: RevisionFacts) -> Tree:
    """What a revision was last known to stand for: its inputs with the edits since."""
    return patched(stored.inputs, stored.edits) if stored.edits else stored.inputs


def restart_of(inputs: Tree) -> str:
    return str(inputs.get("restart", ""))


def same(stored: Tree, current: Tree) -> bool:
    """Whether nothing was edited. A removed restart annotation is no edit; a new or another one is."""
    if stored == current:
        return True
    if restart_of(current) not in ("", restart_of(stored)):
        return False
    spec = parsed(stored)
    return spec is not None and spec == parsed(current)


def parsed(inputs: Tree) -> ModelServiceSpec | None:
    """Stored inputs under today's model; None where it does not understand them any more."""
    try:
        return ModelServiceSpec.model_validate(inputs.get("spec", {}))
    except ValidationError:
        return None


def edits(old: Tree, new: Tree) -> dict[str, Any]:
    """The JSON merge patch (RFC 7386) that turns `old` into `new`."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(key), Mapping):
            below = edits(old[key], value)
            if below:
                patch[key] = below
        elif key not in old or old[key] != value:
            patch[key] = value
    return patch


def patched(old: Tree, patch: Tree) -> dict[str, Any]:
    """`old` with a JSON merge patch applied."""
    result = dict(old)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = result.get(key)
            result[key] = patched(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result
