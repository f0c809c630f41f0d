"""`doctor` on a cluster with the operator and GPUs, and on one that lacks this or that."""

from __future__ import annotations

import json

import pytest
import yaml

from api.conftest import CRD
from cli.conftest import Program
from eventually import at_last
from lab.client import Client
from lab.fakenodes import FakeNodes
from running_operator import RunningOperator

CRD_NAME = "modelservices.modelservice.io"
SCHEMA_TEXT = "/spec/versions/0/schema/openAPIV3Schema/description"
PRODUCT = "nvidia.com/gpu.product"


def found(program: Program, code: int, *more: str) -> dict[str, tuple[str, str]]:
    """What was found and how it is mended, by what was looked at; of several findings the worst."""
    order = ("ok", "warning", "problem", "unknown")
    checks = json.loads(program("doctor", "-o", "json", *more, code=code))
    checks.sort(key=lambda check: order.index(check["found"]))
    return {check["about"]: (check["found"], check["fix"]) for check in checks}


@pytest.fixture
def dns(api: Client) -> None:
    """Endpoints of a DNS that answers, as a cluster with nodes has them."""
    body = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": True}}],
    }
    api.apply(body)


def storage_class(api: Client, binding: str) -> None:
    body = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "disk", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "example.org/disk",
        "volumeBindingMode": binding,
    }
    if api.find("StorageClass", "disk"):
        api.delete("StorageClass", "disk")
        api.wait_gone("StorageClass", "disk")
    api.create(body)


def test_doctor_finds_no_problem_where_all_is_well(
    operator: RunningOperator,  # noqa: ARG001
    nodes: FakeNodes,  # noqa: ARG001
    dns: None,  # noqa: ARG001
    api: Client,
    modelservice: Program,
) -> None:
    storage_class(api, "WaitForFirstConsumer")
    told = found(modelservice, 0)
    assert {about for about, (state, _) in told.items() if state == "ok"} >= {
        *("API server", "CRD", "leader", "GPUs", "storage", "DNS")
    }
    assert "Kubernetes v1." in modelservice("doctor")


def test_doctor_names_the_fix_of_what_could_be_better(
    operator: RunningOperator,  # noqa: ARG001
    nodes: FakeNodes,  # noqa: ARG001
    dns: None,  # noqa: ARG001
    api: Client,
    modelservice: Program,
) -> None:
    storage_class(api, "Immediate")
    [product] = {node["metadata"]["labels"].get(PRODUCT, "") for node in api.list("Node", labels=PRODUCT)}
    api.patch("Node", "gpu-1", {"metadata": {"labels": {PRODUCT: None}}})
    told = found(modelservice, 0)
    api.patch("Node", "gpu-1", {"metadata": {"labels": {PRODUCT: product}}})
    assert told["operator"] == ("warning", "install the chart: docs/install.md")
    assert "WaitForFirstConsumer" in told["storage"][1]
    assert "label them" in told["GPU labels"][1]
    assert told["RuntimeClass"][0] == "warning"


def test_doctor_fails_where_names_find_no_address_and_tells_a_crd_of_another_version(
    dns: None,  # noqa: ARG001
    api: Client,
    modelservice: Program,
) -> None:
    silent = [{"addresses": ["10.0.0.9"], "conditions": {"ready": False}}]
    api.patch("EndpointSlice", "dns", {"endpoints": silent}, "kube-system")
    about = [{"op": "replace", "path": SCHEMA_TEXT, "value": "Another version."}]
    api.patch("CustomResourceDefinition", CRD_NAME, about, type="json")
    told = found(modelservice, 1)
    api.install(CRD)
    assert "tells why" in told["DNS"][1]
    assert told["CRD"] == ("warning", "upgrade the chart, or use the command line of the operator's version")


def test_doctor_says_what_one_may_not_look_at(api: Client, modelservice: Program, namespace: str) -> None:
    api.kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    token = at_last(lambda: api.kubectl("create", "token", "nobody", "-n", namespace).strip())
    config = yaml.safe_load(api.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    weak = modelservice.folder / "weak.kubeconfig"
    weak.write_text(yaml.safe_dump(config))
    told = found(modelservice, 0, "--kubeconfig", str(weak))
    assert told.pop("API server")[0] == "ok"
    assert {state for state, _ in told.values()} == {"unknown"}
