"""A running Deployment comes under the operator and leaves it again while clients stream: no request is lost and no
pod starts anew. The mock plays a vLLM that somebody deployed by hand.
"""

from pathlib import Path

from cli.conftest import Program
from lab import images
from lab.client import Client, Manifest, condition
from lab.lab import Lab
from traffic.driver import Load, Traffic

NAME = "by-hand"
IMAGE = "registry.example/team/vllm-openai:v0.32.0"
LABELS = {"app": NAME}
PROBE = {"httpGet": {"path": "/health", "port": 8000}, "periodSeconds": 1}
CONTAINER: Manifest = {
    "name": "vllm",
    "image": IMAGE,
    "args": ["--model", "org/tiny", "--served-model-name", "tiny", "--port", "8000"],
    "readinessProbe": PROBE,
}
DEPLOYMENT: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": NAME},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}},
    },
}
SERVICE: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": NAME},
    "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": 8000}]},
}


def pods(cluster: Client, namespace: str) -> dict[str, int]:
    """Each pod by its UID, with how often its container has started anew."""
    found = cluster.list("Pod", namespace, labels=f"app={NAME}")
    return {pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"] for pod in found}


def test_adopt_and_eject_lose_no_request_and_restart_no_pod(
    full: Lab,
    cluster: Client,
    namespace: str,
    operator: str,  # noqa: ARG001 (it must run)
    tmp_path: Path,
) -> None:
    full.nodes.import_image(images.build("mock"), IMAGE)
    cluster.create(DEPLOYMENT, namespace)
    cluster.create(SERVICE, namespace)
    cluster.wait("Deployment", NAME, namespace, lambda one: one.get("status", {}).get("readyReplicas") == 2, 60)
    modelservice, before = Program(cluster.kubeconfig, namespace, tmp_path), pods(cluster, namespace)
    address = cluster.get("Service", NAME, namespace)["spec"]["clusterIP"]
    with Traffic(Load(url=f"http://{address}/v1", model="tiny", clients=4, max_tokens=40)) as traffic:
        traffic.wait_for(finished=8)
        modelservice("adopt", NAME, "--yes")
        traffic.wait_for(finished=8)
        assert condition("Ready")(cluster.get("ModelService", NAME, namespace))
        modelservice("logs", NAME)  # of a container that has another name than ours
        modelservice("eject", NAME, "--yes")
        traffic.wait_for(finished=8)
    assert not traffic.account.failed, traffic.account
    assert pods(cluster, namespace) == before
    assert cluster.find("ModelService", NAME, namespace) is None
    assert "ownerReferences" not in cluster.get("Deployment", NAME, namespace)["metadata"]
