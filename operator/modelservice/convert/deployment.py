"""From a Deployment (or StatefulSet) of Kubernetes whose first container serves a model."""

from __future__ import annotations

from typing import Any

from modelservice.convert.server import Server, Tree


def server(body: Tree) -> Server:
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    template = spec.get("template") or {}
    marks = template.get("metadata") or {}
    said: dict[str, Any] = {}
    notes = []
    if spec.get("replicas", 1) != 1:
        said["replicas"] = spec["replicas"]
    if (spec.get("strategy") or {}).get("type") == "Recreate":
        said["rollout"] = {"strategy": "Recreate"}
    if spec.get("volumeClaimTemplates"):
        notes.append("cache: volumeClaimTemplates were dropped: name an existing claim, or set cache.size")
    return Server(
        name=metadata.get("name", "model"),
        namespace=metadata.get("namespace", ""),
        pod=template.get("spec") or {},
        spec=said,
        labels=marks.get("labels") or {},
        annotations=marks.get("annotations") or {},
        notes=tuple(notes),
    )
