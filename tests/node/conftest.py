"""What the tests with real pods share: the operator as users run it, from its image and its chart, and a caller."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chart.helm import CHART, helm
from lab import images
from lab.client import Client, Manifest, condition
from lab.lab import Lab
from modelservice import __version__
from node.caller import Caller

OPERATOR_NAMESPACE = "modelservice"
IMAGES = {
    "operator": (),
    "loader": (),
    "client": (),
    "mock": (f"docker.io/modelservice/mock:{__version__}",),
}


@pytest.fixture(scope="session")
def operator(full: Lab, cluster: Client) -> str:
    """The release of the operator, installed by its chart under its own ServiceAccount."""
    for name, references in IMAGES.items():
        full.nodes.import_image(images.build(name), *references)
    install(cluster, "install", CHART)
    return "ms"


def install(cluster: Client, verb: str, chart: Path, *more: str) -> None:
    """`helm install` or `helm upgrade` of the release, with the images that lie on the nodes."""
    own = {
        "image.repository": "localhost/modelservice/operator",
        "image.tag": "lab",
        "config.loader.image": "localhost/modelservice/loader",
        "config.loader.version": "lab",
    }
    words = [word for name, value in own.items() for word in ("--set", f"{name}={value}")]
    where = ("--namespace", OPERATOR_NAMESPACE, "--create-namespace", "--wait", "--timeout", "90s")
    helm(verb, "ms", chart, *where, *words, *more, kubeconfig=cluster.kubeconfig)


@pytest.fixture
def caller(cluster: Client, namespace: str) -> Caller:
    """A pod that calls models from inside the cluster."""
    return Caller(cluster, namespace)


@pytest.fixture
def serve(cluster: Client, namespace: str, operator: str) -> "Serve":  # noqa: ARG001 (it must run)
    """Makes ModelServices in the test's namespace."""
    return Serve(cluster, namespace)


class Serve:
    """ModelServices of one test's namespace."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace

    def __call__(self, name: str, spec: dict[str, Any]) -> None:
        """Apply one, as kubectl would."""
        manifest = {"apiVersion": "modelservice.io/v1alpha1", "kind": "ModelService", "metadata": {"name": name}}
        self.client.apply({**manifest, "spec": spec}, self.namespace)

    def ready(self, name: str, timeout: float = 90) -> Manifest:
        """Its status once every wanted replica of the current generation answers."""
        return self.until(name, ready, timeout)

    def until(self, name: str, holds: Callable[[Manifest], bool], timeout: float = 60) -> Manifest:
        """Its status once `holds(status)`."""
        seen = self.client.wait(
            "ModelService", name, self.namespace, lambda seen: holds(seen.get("status", {})), timeout
        )
        status: Manifest = seen["status"]
        return status

    def url(self, name: str) -> str:
        url: str = self.client.get("ModelService", name, self.namespace)["status"]["openAIURL"]
        return url


def ready(status: Manifest) -> bool:
    return condition("Ready")({"status": status})
