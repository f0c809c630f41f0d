"""The nodes of one lab, the wire between them, and what a cluster has beyond bare nodes: its DNS and its classes."""

import string
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import yaml

from lab import cache, cgroups
from lab.client import Client, Manifest, condition
from lab.containers import Container
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.gpus import Gpus
from lab.identity import Identity
from lab.network import Network
from lab.node import Node
from lab.process import Process

MANIFESTS = Path(__file__).parent / "manifests"
READY_WITHIN = 60
KEPT = 4
"""Labs with a number below this leave their images in the cache for the next with that number."""


class Nodes:
    """`count` nodes with the same GPUs; the first also holds the control plane and bears no taint.

    So ordinary pods have a place, as they have the CPU pool of a real cluster, and the others are a GPU pool.
    """

    def __init__(self, identity: Identity, count: int, gpus: Gpus | None) -> None:
        self.identity = identity
        self.network = Network(identity)
        self.provisioner = Process("provisioner", identity.folder)
        self.gpus = gpus
        self.each = [Node(identity, number, self._gpus_of(number)) for number in range(1, count + 1)]

    def start(self) -> int:
        """Start the nodes without a cluster yet; the first one's init, for the control plane to run inside."""
        self.network.up()
        for node in self.each:
            node.start(self.network, len(self.each))
        return self.each[0].init

    def join(self, controlplane: ControlPlane, runtime_class: bool) -> None:
        """Make them a cluster, and return once every node, its GPUs and the DNS are ready."""
        with Client(controlplane.kubeconfig) as client, ThreadPoolExecutor() as together:
            joining = [together.submit(node.join, controlplane) for node in self.each]
            for manifest in self._manifests(runtime_class):
                client.apply(manifest)
            self._serve_volumes()
            for each in joining:
                each.result()
            for node in self.each:
                client.wait("Node", node.name, until=self._complete, timeout=READY_WITHIN)
            client.wait("Deployment", "coredns", "kube-system", condition("Available"), READY_WITHIN)

    def import_image(self, archive: Path, *aliases: str) -> None:
        """Bring a docker-archive to every node, under its own reference and these."""
        with ThreadPoolExecutor() as together:
            for done in [together.submit(node.images.import_, archive, *aliases) for node in self.each]:
                done.result()

    def container(self, pod: Manifest, name: str) -> Container:
        """A container of a pod on one of these nodes, to be killed or frozen."""
        return Container(self.named(pod["spec"]["nodeName"]).cgroup, pod, name)

    def named(self, name: str) -> Node:
        return next(node for node in self.each if node.name == name)

    def cut(self, name: str) -> None:
        """The node reaches nobody and nobody reaches it; what runs there goes on."""
        self.network.cut(self.named(name).number)

    def heal(self, name: str) -> None:
        """Undo `cut`."""
        self.network.heal(self.named(name).number)

    def power_off(self, name: str) -> None:
        """All that runs on the node is gone at once. The first node cannot go: it holds the control plane."""
        node = self.named(name)
        if node.number == 1:
            raise LabError(f"{name} holds the control plane: power off another node")
        node.stop()
        self.network.detach(node.number)

    def power_on(self, name: str, controlplane: ControlPlane) -> None:
        """Start a node again that was powered off: with its images, without anything else of before."""
        node = self.named(name)
        node.start(self.network, len(self.each))
        node.join(controlplane)

    def stop(self) -> None:
        """Leave nothing of them but images in the cache; also right for what a crash left."""
        self.provisioner.kill()
        for node in self.each:
            node.stop()
            if self.identity.index >= KEPT:
                node.images.remove()
        cgroups.remove(self.identity.cgroup)
        self.network.down()

    def _serve_volumes(self) -> None:
        env = {"MODELSERVICE_CACHE": str(cache.root()), "PYTHONPATH": str(MANIFESTS.parents[1])}
        self.provisioner.start([sys.executable, "-m", "lab.provisioner", self.identity.name], env)

    def _gpus_of(self, number: int) -> list[Gpus]:
        if self.gpus is None:
            return []
        return [replace(self.gpus, tainted=self.gpus.tainted and number > 1)]

    def _complete(self, node: Manifest) -> bool:
        offered = node.get("status", {}).get("allocatable", {})
        gpus = self.gpus is None or offered.get(self.gpus.resource) == str(self.gpus.count)
        return gpus and condition("Ready")(node)

    def _manifests(self, runtime_class: bool) -> list[Manifest]:
        files = ["coredns.yaml", "storage.yaml", *(["runtimeclass.yaml"] if runtime_class else [])]
        texts = [string.Template((MANIFESTS / file).read_text()) for file in files]
        filled = "---\n".join(text.substitute(DNS_IP=self.identity.dns_ip) for text in texts)
        return list(yaml.safe_load_all(filled))
