"""From the ModelService of LLMOS (ml.llmos.ai/v1), whose pod is a StatefulSet's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.convert.server import Server, Tree

HUB_CACHE = "/root/.cache/huggingface/hub"
STOPPED = "llmos.ai/resource-stopped"


def server(body: Tree) -> Server:
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    pod = dict((spec.get("template") or {}).get("spec") or {})
    notes: list[str] = []
    said: dict[str, Any] = {"model": _model(spec)}
    if spec.get("servedModelName"):
        said["servedNames"] = [spec["servedModelName"]]
    if spec.get("replicas", 1) not in (0, 1):
        said["replicas"] = spec["replicas"]
    if STOPPED in (metadata.get("annotations") or {}) or spec.get("replicas") == 0:
        said["suspend"] = True
    if spec.get("serviceType", "ClusterIP") != "ClusterIP":
        said["service"] = {"type": spec["serviceType"]}
    cache = _cache(spec, pod, notes)
    if cache:
        said["cache"] = cache
    if spec.get("modelRegistry") == "local":
        notes.append(
            f"model: {said['model']} lies on a snapshot of LLMOS: restore it to a claim, and set cache.claimName"
        )
    notes.append("service: the Service is called as the resource, not modelservice-NAME: clients need the new address")
    return Server(
        name=metadata.get("name", "model"),
        namespace=metadata.get("namespace", ""),
        pod=pod,
        engine="vllm",
        spec=said,
        notes=tuple(notes),
    )


def _model(spec: Tree) -> str:
    model = str(spec.get("model", ""))
    registry = spec.get("modelRegistry", "huggingface")
    if registry == "local":
        return f"{HUB_CACHE}/models/{model}"
    return f"modelscope://{model}" if registry == "modelscope" else model


def _cache(spec: Tree, pod: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """The first volume claim template that the container mounts is its cache; the mounts of all of them go."""
    templates: Mapping[str, Tree] = {
        one["metadata"]["name"]: one["spec"] for one in spec.get("volumeClaimTemplates") or ()
    }
    containers = [dict(container) for container in pod.get("containers") or ()]
    if not templates or not containers:
        return {}
    mounts = containers[0].get("volumeMounts") or []
    mounted = [mount for mount in mounts if mount["name"] in templates]
    containers[0]["volumeMounts"] = [mount for mount in mounts if mount["name"] not in templates]
    pod["containers"] = containers
    lost = [mount["name"] for mount in mounted[1:]]
    notes += [f"podTemplate: the volume claim {name} was dropped: name an existing claim" for name in lost]
    if not mounted:
        return {}
    claim = templates[mounted[0]["name"]]
    if "dataSource" in claim:
        notes.append(
            "cache: the claim began as a copy of a snapshot: fill it, or name one that is filled by cache.claimName"
        )
    result = {
        "size": ((claim.get("resources") or {}).get("requests") or {}).get("storage"),
        "storageClassName": claim.get("storageClassName"),
        "accessModes": claim.get("accessModes") if claim.get("accessModes") != ["ReadWriteOnce"] else None,
        "mountPath": HUB_CACHE if spec.get("modelRegistry") == "local" else None,
    }
    return {key: value for key, value in result.items() if value}
