"""What the tests with real pods share: ModelServices of a namespace, and a caller."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.client import Client, Manifest, condition
from node.caller import Caller


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

        def current(seen: Manifest) -> bool:
            status = seen.get("status", {})
            return status.get("observedGeneration") == seen["metadata"]["generation"] and ready(status)

        status: Manifest = self.client.wait("ModelService", name, self.namespace, current, timeout)["status"]
        return status

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
