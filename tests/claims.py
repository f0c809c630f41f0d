"""Claims that are bound without a driver, for control planes whose volumes nobody mounts."""

from __future__ import annotations

from lab.client import Client, Manifest


def shared_claim(client: Client, namespace: str, name: str) -> None:
    """A bound claim that every node may write."""
    size = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    volume = {**size, "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/nowhere"}}
    at = f"{namespace}-{name}"
    client.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": at}, "spec": volume})
    spec = {**size, "volumeName": at, "resources": {"requests": {"storage": "1Gi"}}}
    client.create(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}, namespace
    )
    client.wait("PersistentVolumeClaim", name, namespace, bound)


def bound(claim: Manifest) -> bool:
    return bool(claim["status"].get("phase") == "Bound")
