"""Nodes without a kubelet, by the hundred: for scheduling and scale. kwok keeps them alive and plays their pods.

What a pod plays is told by its annotations: see stages.py. A port-forward to one of the lab's spare ports of any pod
leads to that port of this machine.
"""

from collections.abc import Iterable
from typing import Any, Self

import yaml

from lab import binaries
from lab.client import Client, condition
from lab.controlplane import ControlPlane
from lab.gpus import Gpus
from lab.process import Process
from lab.stages import stages

MARK = "lab.test/fake-node"
HERE = "127.0.0.1"
CONFIGURATION = {
    "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
    "kind": "KwokConfiguration",
    "options": {
        "manageAllNodes": False,
        "manageNodesWithLabelSelector": f"{MARK}=true",
        "enableCRDs": [],
        "enableDebuggingHandlers": True,
        "nodeLeaseDurationSeconds": 40,
        "nodeLeaseParallelism": 4,
        "nodePlayStageParallelism": 4,
        "podPlayStageParallelism": 4,
        "podsOnNodeSyncParallelism": 4,
        "enablePodsOnNodeSyncStreamWatch": True,
    },
}


class FakeNodes:
    """The fake nodes of one control plane; as a context manager it leaves none of them."""

    def __init__(self, controlplane: ControlPlane) -> None:
        self._controlplane = controlplane
        self.process = Process("kwok", controlplane.identity.folder / "kwok")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with Client(self._controlplane.kubeconfig) as client:
            for node in client.list("Node", labels=MARK):
                client.delete("Node", node["metadata"]["name"])
        self.process.kill()

    def start(self) -> None:
        folder = self._controlplane.identity.folder / "kwok"
        folder.mkdir(exist_ok=True)
        config = folder / "kwok.yaml"
        ports = self._controlplane.identity.ports
        config.write_text(yaml.safe_dump_all([CONFIGURATION, _forwards(ports.spare), *stages()]))
        serving = self._controlplane.authority.serving("kwok", "kwok", [HERE])
        # The real nodes' pods have the lower half.
        _, upper = self._controlplane.identity.pod_cidr.subnets()
        flags = {
            "kubeconfig": self._controlplane.kubeconfig,
            "config": config,
            "cidr": upper,
            "node-ip": self._controlplane.identity.gateway,
            "server-address": f"{HERE}:{ports.kwok}",
            "tls-cert-file": serving.cert,
            "tls-private-key-file": serving.key,
        }
        self.process.start([binaries.path("kwok"), *(f"--{flag}={value}" for flag, value in flags.items())])

    def add(self, count: int, gpus: Gpus | None = None, prefix: str = "fake", **labels: str) -> list[str]:
        """That many nodes with 64 CPUs and 512 GiB each, all Ready; their names."""
        names = [f"{prefix}-{number}" for number in range(1, count + 1)]
        with Client(self._controlplane.kubeconfig) as client:
            for name in names:
                client.create(_node(name, gpus, labels, self._controlplane.identity.ports.kwok))
            for name in names:
                client.wait("Node", name, until=condition("Ready"))
        return names


def _forwards(ports: Iterable[int]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterPortForward",
        "metadata": {"name": "here"},
        "spec": {"forwards": [{"ports": [port], "target": {"address": HERE, "port": port}} for port in ports]},
    }


def _node(name: str, gpus: Gpus | None, labels: dict[str, str], kubelet: int) -> dict[str, Any]:
    capacity = {"cpu": "64", "memory": "512Gi", "pods": "110"}
    if gpus:
        capacity |= {gpus.resource: str(gpus.count)}
        labels = gpus.labels | labels
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, MARK: "true", **labels}},
        "spec": {"taints": gpus.taints if gpus else []},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "addresses": [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": HERE}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet}},
        },
    }
