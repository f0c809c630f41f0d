"""The lab's storage driver, a process of its own: a volume for each claim of the classes in lab.volumes.

It keeps Kubernetes' rules for external provisioners: a claim of a class that waits for its first consumer gets its
volume on the node that the scheduler chose, and a volume goes with its claim.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from lab.client import ApiError, Client, Manifest
from lab.errors import LabError
from lab.lab import Lab
from lab.node import Node
from lab.volumes import KINDS, PROVISIONER, Kind, manifest, volume_name

CLAIMS = "/api/v1/persistentvolumeclaims"
CHOSEN_NODE = "volume.kubernetes.io/selected-node"
WATCHED_FOR = 300


class Provisioner:
    """Makes and removes the volumes of one lab; their files lie in its folder."""

    def __init__(self, lab: Lab, client: Client) -> None:
        self._lab = lab
        self._client = client
        self._folder = lab.identity.folder / "volumes"

    def run(self) -> None:
        """For ever; an API server that is away is asked again."""
        while True:
            try:
                self._follow()
            except (httpx.TransportError, ApiError, LabError) as error:
                print(f"asking again: {error}", flush=True)
                time.sleep(1)

    def _follow(self) -> None:
        """All claims as they are, and then what becomes of them, until the watch ends."""
        listed = self._client.http.get(CLAIMS).raise_for_status().json()
        for claim in listed["items"]:
            self._provide(claim)
        self._remove_all_but({volume_name(claim) for claim in listed["items"]})
        for event in self._watch(listed["metadata"]["resourceVersion"]):
            if event["type"] == "DELETED":
                self._remove(volume_name(event["object"]))
            elif event["type"] != "ERROR":
                self._provide(event["object"])

    def _watch(self, version: str) -> Iterator[Manifest]:
        params = {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(WATCHED_FOR)}
        timeout = httpx.Timeout(30, read=WATCHED_FOR + 30)
        with self._client.http.stream("GET", CLAIMS, params=params, timeout=timeout) as response:
            for line in response.iter_lines():
                yield json.loads(line)

    def _provide(self, claim: Manifest) -> None:
        kind = KINDS.get(claim["spec"].get("storageClassName", ""))
        if kind is None or claim["spec"].get("volumeName"):
            return
        if wrong := _mistake(claim, kind):
            self._refuse(claim, wrong)
            return
        node = claim["metadata"].get("annotations", {}).get(CHOSEN_NODE)
        if kind.on_one_node and node is None:
            return
        path = self._folder / volume_name(claim)
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755 if kind.on_one_node else 0o777)
        if node and kind.bounded:
            self._mount(path, self._lab.nodes.named(node), claim["spec"]["resources"]["requests"]["storage"])
        self._create(manifest(claim, path, node if kind.on_one_node else None))

    def _mount(self, path: Path, node: Node, size: str) -> None:
        options = f"size={size.removesuffix('i')},mode=755"  # tmpfs writes Mi as m or M
        node.run("sh", "-c", f"mountpoint -q {path} || mount -t tmpfs -o {options} tmpfs {path}")

    def _refuse(self, claim: Manifest, wrong: str) -> None:
        """Say it where people look: in an Event on the claim."""
        metadata = claim["metadata"]
        about = {"kind": "PersistentVolumeClaim", "apiVersion": "v1"}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{metadata['name']}.refused", "namespace": metadata["namespace"]},
            "involvedObject": about | {field: metadata[field] for field in ("name", "namespace", "uid")},
            "type": "Warning",
            "reason": "ProvisioningFailed",
            "message": f"failed to provision volume with StorageClass {claim['spec']['storageClassName']}: {wrong}",
            "source": {"component": PROVISIONER},
        }
        self._create(event)

    def _create(self, made: Manifest) -> None:
        """Once: whatever is handled a second time has it already."""
        try:
            self._client.create(made)
        except ApiError as refusal:
            if refusal.reason != "AlreadyExists":
                raise

    def _remove_all_but(self, wanted: set[str]) -> None:
        for volume in self._client.list("PersistentVolume"):
            if volume["metadata"]["name"] not in wanted:
                self._remove(volume["metadata"]["name"])

    def _remove(self, name: str) -> None:
        """The volume of a claim that is gone, unless it was made to stay."""
        volume = self._client.find("PersistentVolume", name)
        if volume is None or volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain":
            return
        if volume["metadata"].get("annotations", {}).get("pv.kubernetes.io/provisioned-by") != PROVISIONER:
            return
        path = self._folder / name
        for node in (node for node in self._lab.nodes.each if node.running):
            node.run("sh", "-c", f"! mountpoint -q {path} || umount {path}")
        shutil.rmtree(path, ignore_errors=True)
        self._client.delete("PersistentVolume", name)


def _mistake(claim: Manifest, kind: Kind) -> str | None:
    if foreign := set(claim["spec"]["accessModes"]) - kind.modes:
        return f"it offers {', '.join(sorted(kind.modes))}, and not {', '.join(sorted(foreign))}"
    if claim["spec"].get("volumeMode") == "Block":
        return "it has no block devices"
    return None


def main() -> None:
    lab = Lab.find(sys.argv[1])
    if lab:
        with Client(lab.kubeconfig) as client:
            Provisioner(lab, client).run()


if __name__ == "__main__":
    main()
