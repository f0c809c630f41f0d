"""Each fault of a node or a container does what it says, and heals."""

from collections.abc import Iterator

import pytest

from lab import probe, upkeep
from lab.client import ApiError, Client, Manifest, condition
from lab.lab import Lab
from lab.node import Node

SECOND = "lab-node-2"
UNNOTICED = 80
"""Kubernetes waits 50 s before it calls a silent node unknown."""


@pytest.fixture(scope="module", autouse=True)
def image(full: Lab) -> None:
    full.nodes.import_image(probe.image())


@pytest.fixture
def node(cluster: Client, full: Lab) -> Iterator[Node]:
    """The second node, which does not hold the control plane; the test leaves it as it found it."""
    yield full.nodes.named(SECOND)
    cluster.wait("Node", SECOND, until=healthy, timeout=60)


@pytest.fixture
def pod(cluster: Client, namespace: str, node: Node) -> Manifest:
    """A probe on that node."""
    return started(cluster, namespace, probe.pod("far", nodeName=node.name))


@pytest.fixture
def near(cluster: Client, namespace: str) -> Manifest:
    """A probe on the other node."""
    return started(cluster, namespace, probe.pod("near", nodeName="lab-node-1"))


def started(cluster: Client, namespace: str, manifest: Manifest) -> Manifest:
    cluster.create(manifest, namespace)
    return cluster.wait("Pod", manifest["metadata"]["name"], namespace, condition("Ready"))


def healthy(node: Manifest) -> bool:
    return condition("Ready")(node) and node["status"]["allocatable"].get("nvidia.com/gpu") == "8"


def restarts(pod: Manifest) -> int:
    return sum(status["restartCount"] for status in pod["status"]["containerStatuses"])


def address(pod: Manifest) -> str:
    return f"http://{pod['status']['podIP']}:{probe.PORT}"


def test_killed_container_is_started_again(cluster: Client, full: Lab, namespace: str, pod: Manifest) -> None:
    full.nodes.container(pod, "probe").kill()
    again = cluster.wait("Pod", "far", namespace, lambda seen: restarts(seen) == 1 and condition("Ready")(seen))
    assert again["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 137


def test_paused_container_answers_nothing_until_it_is_resumed(
    cluster: Client, full: Lab, namespace: str, pod: Manifest
) -> None:
    container = full.nodes.container(pod, "probe")
    container.pause()
    cluster.wait("Pod", "far", namespace, condition("Ready", "False"))
    container.resume()
    seen = cluster.wait("Pod", "far", namespace, condition("Ready"))
    assert restarts(seen) == 0


@pytest.mark.usefixtures("near")
def test_killed_kubelet_leaves_pods_running_and_comes_back(
    cluster: Client, namespace: str, pod: Manifest, node: Node
) -> None:
    node.kubelet.kill()
    assert probe.get(cluster, namespace, "near", address(pod)) == "far"
    node.kubelet.restart()
    started(cluster, namespace, probe.pod("later", nodeName=node.name))
    assert restarts(cluster.get("Pod", "far", namespace)) == 0


def test_paused_kubelet_starts_no_pod_until_it_is_resumed(cluster: Client, namespace: str, node: Node) -> None:
    node.kubelet.pause()
    try:
        cluster.create(probe.pod("late", nodeName=node.name), namespace)
        started(cluster, namespace, probe.pod("meanwhile", nodeName="lab-node-1"))
        assert "startTime" not in cluster.get("Pod", "late", namespace)["status"]
    finally:
        node.kubelet.resume()
    cluster.wait("Pod", "late", namespace, condition("Ready"))


@pytest.mark.usefixtures("near")
def test_killed_containerd_leaves_containers_running_and_comes_back(
    cluster: Client, namespace: str, pod: Manifest, node: Node
) -> None:
    node.containerd.kill()
    assert probe.get(cluster, namespace, "near", address(pod)) == "far"
    node.containerd.restart()
    started(cluster, namespace, probe.pod("later", nodeName=node.name))
    assert restarts(cluster.get("Pod", "far", namespace)) == 0


@pytest.mark.usefixtures("near")
def test_cut_node_is_unreachable_and_unknown_until_it_is_healed(
    cluster: Client, full: Lab, namespace: str, pod: Manifest, node: Node
) -> None:
    full.nodes.cut(node.name)
    try:
        with pytest.raises(ApiError, match=r"no route to host|timeout|Timeout"):
            probe.get(cluster, namespace, "near", address(pod), patience="0s")
        cluster.wait("Node", node.name, until=condition("Ready", "Unknown"), timeout=UNNOTICED)
    finally:
        full.nodes.heal(node.name)
    cluster.wait("Node", node.name, until=condition("Ready"))
    assert probe.get(cluster, namespace, "near", address(pod)) == "far"
    assert restarts(cluster.get("Pod", "far", namespace)) == 0


@pytest.mark.usefixtures("pod")
def test_node_that_lost_power_starts_its_pods_again(cluster: Client, full: Lab, namespace: str, node: Node) -> None:
    full.nodes.power_off(node.name)
    assert not node.running
    full.nodes.power_on(node.name, full.controlplane)
    cluster.wait("Pod", "far", namespace, lambda seen: restarts(seen) == 1 and condition("Ready")(seen), timeout=60)


def test_cordoned_node_takes_no_new_pod(cluster: Client, namespace: str, node: Node) -> None:
    upkeep.cordon(cluster, node.name)
    try:
        cluster.create(probe.pod("wanting", nodeSelector={"kubernetes.io/hostname": node.name}), namespace)
        cluster.wait("Pod", "wanting", namespace, condition("PodScheduled", "False"))
    finally:
        upkeep.uncordon(cluster, node.name)
    cluster.wait("Pod", "wanting", namespace, condition("Ready"))


@pytest.mark.usefixtures("pod")
def test_drained_node_has_no_pods_left(cluster: Client, namespace: str, node: Node) -> None:
    upkeep.drain(cluster, node.name)
    try:
        assert cluster.find("Pod", "far", namespace) is None
        assert cluster.list("Pod", fields=f"spec.nodeName={node.name}") == []
    finally:
        upkeep.uncordon(cluster, node.name)
    cluster.wait("Deployment", "coredns", "kube-system", condition("Available"))


def test_deleted_node_is_known_again_after_a_kubelet_restart(cluster: Client, node: Node) -> None:
    before = cluster.get("Node", node.name)["metadata"]["uid"]
    upkeep.delete(cluster, node.name)
    cluster.wait_gone("Node", node.name)
    node.kubelet.restart()
    again = cluster.wait("Node", node.name, until=healthy, timeout=60)
    assert again["metadata"]["uid"] != before
    assert again["metadata"]["labels"]["nvidia.com/gpu.product"] == "NVIDIA-H200"
    assert any(taint["key"] == "nvidia.com/gpu" for taint in again["spec"]["taints"])
