"""Volumes of the lab's storage classes: what each class promises, and what happens when one is full."""

import errno
from dataclasses import dataclass
from pathlib import Path

from lab.client import Manifest
from lab.errors import LabError
from lab.node import Node

PROVISIONER = "lab.test/volumes"
FILLER = ".filler"
MEBIBYTE = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Kind:
    """What volumes of a class are: how they can be used, where, and whether their size is more than a word."""

    modes: frozenset[str]
    on_one_node: bool
    bounded: bool = False


ONE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
KINDS = {
    # A disk of the node. Its root folder belongs to root, as a new disk's does: others need an fsGroup.
    "lab": Kind(ONE_NODE, on_one_node=True),
    # The same in memory, exactly as large as the claim says, so that it can be filled.
    "lab-small": Kind(ONE_NODE, on_one_node=True, bounded=True),
    # A file server that lets everybody write.
    "lab-shared": Kind(ONE_NODE | {"ReadWriteMany", "ReadOnlyMany"}, on_one_node=False),
}


def manifest(claim: Manifest, path: Path, node: str | None) -> Manifest:
    """The volume for this claim, whose files lie at `path`; `node` is the only one that can use it."""
    metadata, spec = claim["metadata"], claim["spec"]
    if node:
        hosts = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        required = {"nodeSelectorTerms": [{"matchExpressions": [hosts]}]}
        place = {"local": {"path": str(path)}, "nodeAffinity": {"required": required}}
    else:
        place = {"hostPath": {"path": str(path), "type": "Directory"}}
    identity = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": volume_name(claim),
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **identity},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec["storageClassName"],
            **place,
        },
    }


def volume_name(claim: Manifest) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def fill(node: Node, volume: Manifest) -> None:
    """Leave not a byte free on a volume of the class lab-small, as its pod on this node sees it."""
    try:
        with _filler(node, volume).open("wb", buffering=0) as file:
            while True:
                file.write(MEBIBYTE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def unfill(node: Node, volume: Manifest) -> None:
    """Undo `fill`."""
    _filler(node, volume).unlink()


def _filler(node: Node, volume: Manifest) -> Path:
    class_ = volume["spec"]["storageClassName"]
    if not KINDS[class_].bounded:
        raise LabError(f"a volume of class {class_} is as large as this machine's disk: take one of class lab-small")
    return Path(f"/proc/{node.init}/root{volume['spec']['local']['path']}", FILLER)
