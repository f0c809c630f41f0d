"""What the running engine offers: read from the engine once it is Ready, kept over a restart, else what is declared."""

from __future__ import annotations

import pytest

from lab.client import Client
from lab.stages import PLAYS
from mock_process import running
from model_services import NAME, READY, ModelServices
from operator_account import OperatorAccount
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")

DECLARED = ["Chat", "Completions", "Embeddings", "Tokenize", "Detokenize", "Models"]
HERE = "127.0.0.1"


def test_engine_that_describes_itself_is_asked_and_its_answer_outlives_the_operator(
    api: Client, account: OperatorAccount, services: ModelServices
) -> None:
    with running() as mock, RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        hanging = {"metadata": {"annotations": {PLAYS: "hang"}}}
        port = mock.url.rpartition(":")[2]
        services.create(engine={"type": "mock", "args": ["--port", port]}, podTemplate=hanging)
        answers_here(api, services)
        body = services.wait(lambda body: "capabilities" in body.get("status", {}))
        told = body["status"]["capabilities"]
        assert (told["source"], told["routes"]) == ("Engine", DECLARED)
        assert told["revision"] == body["status"]["currentRevision"]
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        operator.wait(lambda: operator.metric("controller_runtime_reconcile_total") >= 1)
        assert services.get()["status"]["capabilities"] == told


def test_engine_behind_a_key_is_told_as_declared(operator: RunningOperator, services: ModelServices) -> None:
    del operator
    services.create(auth={"apiKeySecret": {"name": "key", "key": "key"}})
    status = services.wait(READY)["status"]
    assert (status["capabilities"]["source"], status["capabilities"]["routes"]) == ("Declared", DECLARED)


def answers_here(api: Client, services: ModelServices) -> None:
    """The pod of the fake node gets this machine's address, and becomes ready."""
    labels = f"modelservice.io/name={NAME}"
    services.wait(
        lambda _: bool(pods := api.list("Pod", services.namespace, labels=labels)) and "podIP" in status(pods)
    )
    (pod,) = api.list("Pod", services.namespace, labels=labels)
    name = pod["metadata"]["name"]
    address = {"status": {"podIP": HERE, "podIPs": [{"ip": HERE}]}}
    api.patch("Pod", name, address, services.namespace, subresource="status")
    api.patch("Pod", name, {"metadata": {"annotations": {PLAYS: "ready"}}}, services.namespace)


def status(pods: list[dict[str, dict[str, object]]]) -> dict[str, object]:
    return pods[0].get("status", {})
