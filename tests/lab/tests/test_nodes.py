"""What tests rely on in a cluster with real nodes: pods, names, Services, GPUs as a vendor's plugin offers them."""

from collections.abc import Callable

import pytest

from lab import gpus, probe
from lab.client import Client, Manifest, condition
from lab.lab import Lab
from lab.registry import Registry

SCHEDULING = 30


@pytest.fixture(scope="module", autouse=True)
def image(full: Lab) -> None:
    full.nodes.import_image(probe.image())


def ready(cluster: Client, namespace: str, manifest: Manifest) -> Manifest:
    cluster.create(manifest, namespace)
    return cluster.wait("Pod", manifest["metadata"]["name"], namespace, condition("Ready"), SCHEDULING)


def unschedulable(pod: Manifest) -> bool:
    return any(c["type"] == "PodScheduled" and c["status"] == "False" for c in pod["status"].get("conditions", ()))


def scheduler_says(pod: Manifest) -> str:
    return str(next(c["message"] for c in pod["status"]["conditions"] if c["type"] == "PodScheduled"))


def test_pod_on_each_node_reaches_the_other_by_service_name(cluster: Client, namespace: str) -> None:
    pairs = {"one": "lab-node-1", "two": "lab-node-2"}
    for name, node in pairs.items():
        cluster.create(probe.service(name), namespace)
        assert ready(cluster, namespace, probe.pod(name, nodeName=node))["spec"]["nodeName"] == node
    for name, other in (("one", "two"), ("two", "one")):
        assert probe.get(cluster, namespace, name, f"http://{other}") == other
        assert probe.get(cluster, namespace, name, f"http://{other}.{namespace}.svc.cluster.local") == other


def test_pod_reaches_itself_through_its_service(cluster: Client, namespace: str) -> None:
    cluster.create(probe.service("self"), namespace)
    ready(cluster, namespace, probe.pod("self"))
    assert probe.get(cluster, namespace, "self", f"http://self.{namespace}") == "self"


def test_node_tells_the_vendors_labels_and_its_gpus(cluster: Client) -> None:
    for name in ("lab-node-1", "lab-node-2"):
        node = cluster.get("Node", name)
        assert node["status"]["allocatable"]["nvidia.com/gpu"] == "8"
        labels = {key: value for key, value in node["metadata"]["labels"].items() if key.startswith("nvidia.com/")}
        assert labels == {
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.product": "NVIDIA-H200",
            "nvidia.com/gpu.memory": "143771",
            "nvidia.com/gpu.count": "8",
        }


def test_gpu_pod_gets_as_many_device_ids_as_it_asks_for(cluster: Client, namespace: str) -> None:
    ready(cluster, namespace, probe.pod("gpu", gpus=2, runtimeClassName="nvidia"))
    given = probe.get(cluster, namespace, "gpu", f"http://localhost:{probe.PORT}/env/NVIDIA_VISIBLE_DEVICES").split(",")
    assert len(set(given)) == 2
    assert set(given) <= {gpus.device(number) for number in range(8)}


def test_pod_beyond_the_clusters_gpus_stays_pending_with_the_schedulers_reason(cluster: Client, namespace: str) -> None:
    for number in range(2):
        ready(cluster, namespace, probe.pod(f"eight-{number}", gpus=8))
    cluster.create(probe.pod("seventeenth", gpus=1), namespace)
    pod = cluster.wait("Pod", "seventeenth", namespace, unschedulable, SCHEDULING)
    assert scheduler_says(pod).startswith("0/2 nodes are available: 2 Insufficient nvidia.com/gpu.")


def test_pod_without_toleration_stays_off_the_gpu_pool(cluster: Client, namespace: str) -> None:
    cluster.create(probe.pod("plain", tolerations=[], nodeSelector={"kubernetes.io/hostname": "lab-node-2"}), namespace)
    pod = cluster.wait("Pod", "plain", namespace, unschedulable, SCHEDULING)
    assert "1 node(s) had untolerated taint(s)" in scheduler_says(pod)


def test_ordinary_pod_finds_a_place(cluster: Client, namespace: str) -> None:
    assert ready(cluster, namespace, probe.pod("plain", tolerations=[]))["spec"]["nodeName"] == "lab-node-1"


def test_unhealthy_gpu_is_not_offered_until_it_is_well(cluster: Client, full: Lab) -> None:
    [plugin] = full.nodes.each[1].plugins

    def offered(count: int) -> None:
        cluster.wait("Node", "lab-node-2", until=lambda n: n["status"]["allocatable"]["nvidia.com/gpu"] == str(count))

    plugin.set_unhealthy([0, 5])
    offered(6)
    plugin.set_unhealthy([])
    offered(8)


def pulling(name: str, image: str) -> Manifest:
    pod = probe.pod(name)
    pod["spec"]["containers"][0] |= {"image": image, "imagePullPolicy": "Always"}
    return pod


def waits_for(reason: str) -> Callable[[Manifest], bool]:
    def holds(pod: Manifest) -> bool:
        statuses = pod["status"].get("containerStatuses", ())
        return any(status["state"].get("waiting", {}).get("reason") == reason for status in statuses)

    return holds


def test_image_that_must_be_pulled_is_pulled_from_the_labs_registry(cluster: Client, full: Lab, namespace: str) -> None:
    with Registry(full.identity) as registry:
        for image in ("org/pulled:1", "ghcr.io/org/pulled:2"):
            registry.push(probe.image(), image)
            ready(cluster, namespace, pulling(f"pod-{image[-1]}", image))


def test_image_that_nobody_has_is_not_pulled(cluster: Client, full: Lab, namespace: str) -> None:
    with Registry(full.identity):
        cluster.create(pulling("absent", "org/absent:1"), namespace)
        cluster.wait("Pod", "absent", namespace, waits_for("ErrImagePull"))
        cluster.wait("Pod", "absent", namespace, waits_for("ImagePullBackOff"))


def test_image_under_another_name_needs_no_pull(cluster: Client, full: Lab, namespace: str) -> None:
    full.nodes.import_image(probe.image(), "vllm/vllm-openai:v0.0.0")
    pod = probe.pod("alias")
    pod["spec"]["containers"][0]["image"] = "vllm/vllm-openai:v0.0.0"
    ready(cluster, namespace, pod)
