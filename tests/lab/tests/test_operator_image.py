"""The operator's image: what it holds is what the repository holds, it asks for nothing, and it can be made again."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from lab import images
from lab.client import Client, Manifest
from lab.lab import Lab

CRD = Path(__file__).parents[3] / "crds" / "modelservice.yaml"


def restricted(name: str, *args: str) -> Manifest:
    """A pod that the Pod Security Standard `restricted` admits."""
    container = {
        "name": name,
        "image": images.reference("operator"),
        "imagePullPolicy": "Never",
        "args": args,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [container], "restartPolicy": "Never", "securityContext": security, "nodeName": "lab-node-1"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def ended(pod: Manifest) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")


def test_operator_image_prints_the_repositorys_crd_as_a_restricted_pod(
    cluster: Client, full: Lab, namespace: str
) -> None:
    full.nodes.each[0].images.import_(images.build("operator"))
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.patch("Namespace", namespace, {"metadata": {"labels": labels}})
    cluster.create(restricted("crd", "crd"), namespace)
    cluster.wait("Pod", "crd", namespace, until=ended, timeout=60)
    assert cluster.kubectl("logs", f"--namespace={namespace}", "crd") == CRD.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="images are built by root")
@pytest.mark.skipif(not os.environ.get("LONG"), reason="builds the whole image once more: LONG=1 runs it")
def test_operator_image_is_the_same_to_the_byte_when_it_is_made_again() -> None:
    archive = images.build("operator")
    first = sha256(archive.read_bytes()).hexdigest()
    archive.unlink()
    assert sha256(images.build("operator").read_bytes()).hexdigest() == first
