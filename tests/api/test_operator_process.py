"""The process itself: its probes, metrics, log and end, and what it says when it cannot start."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from model_services import NAME, ModelServices, observed
from operator_account import OperatorAccount, operator_account
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd")

METRICS = (
    "workqueue_depth",
    "workqueue_adds_total",
    "workqueue_retries_total",
    "workqueue_queue_duration_seconds_bucket",
    "workqueue_work_duration_seconds_bucket",
    "controller_runtime_reconcile_total",
    "controller_runtime_reconcile_time_seconds_bucket",
    "controller_runtime_active_workers",
    "controller_runtime_max_concurrent_reconciles",
    "rest_client_requests_total",
    "leader_election_master_status",
    "process_resident_memory_bytes",
)

HANGS = """
import asyncio
from modelservice.control import health
from modelservice.control.reconcile import Reconciler
health.LONGEST_PASS = 1.0
honest = Reconciler.reconcile
async def reconcile(self, key):
    if key.name == "hangs":
        await asyncio.Event().wait()
    return await honest(self, key)
Reconciler.reconcile = reconcile
"""
"""An operator with a fault of its own, that waits for nothing; and one second is long for it."""


@pytest.fixture
def busy(account: OperatorAccount, services: ModelServices) -> Iterator[RunningOperator]:
    """One that has worked."""
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as running:
        running.wait(running.leads)
        services.create()
        services.wait(observed)
        yield running


def test_metrics_bear_the_names_of_controller_runtime_and_no_objects(busy: RunningOperator) -> None:
    answer = busy.get("/metrics")
    assert answer is not None
    assert [name for name in METRICS if f"\n{name}" not in answer.text] == []
    assert busy.metric("modelservice_applies_total", kind="Deployment", verb="created") == 1
    assert f'"{NAME}"' not in answer.text


def test_log_lines_name_the_object_and_the_pass(busy: RunningOperator, services: ModelServices) -> None:
    lines = [json.loads(line) for line in busy.log.read_text().splitlines()]
    (made,) = (line for line in lines if line["message"] == f"created Deployment {NAME}")
    assert (made["namespace"], made["name"], made["level"]) == (services.namespace, NAME, "info")
    of_that_pass = [line["message"] for line in lines if line.get("reconcile_id") == made["reconcile_id"]]
    assert f"created Service {NAME}" in of_that_pass
    of_the_object = [line for line in lines if line.get("name") == NAME]
    assert any(line["message"].startswith("status: ") for line in of_the_object)
    assert all(line["reconcile_id"] for line in of_the_object)
    assert "reconcile_id" not in lines[0]


def test_probes_answer_before_the_api_server_does(lab: Lab, namespace: str, account: OperatorAccount) -> None:
    with Gate(lab.controlplane) as gate:
        gate.refuse()
        with RunningOperator(gate.through(account.kubeconfig), namespace=namespace) as operator:
            operator.wait(lambda: operator.get("/healthz") is not None)
            answer = operator.get("/healthz")
            assert answer is not None
            assert answer.is_success
            assert not operator.ready()
            gate.heal()
            operator.wait(operator.ready)


def test_only_the_namespaces_of_its_configuration_are_served(
    api: Client, services: ModelServices, tmp_path: Path
) -> None:
    """It has rights in no other."""
    elsewhere, here = ModelServices(api, "default"), services.namespace
    with (
        operator_account(api, here, tmp_path, f"config.namespaces={{{here}}}") as account,
        RunningOperator(account.kubeconfig, config={"namespaces": [here]}, namespace=here) as operator,
    ):
        operator.wait(operator.leads)
        elsewhere.create("elsewhere")
        try:
            services.create()
            services.wait(observed)
            assert api.find("Deployment", "elsewhere", "default") is None
        finally:
            elsewhere.delete("elsewhere")


def test_workers_and_cluster_domain_are_those_of_its_configuration(
    account: OperatorAccount, services: ModelServices
) -> None:
    config = {"workers": 3, "clusterDomain": "corp.example.org"}
    with RunningOperator(account.kubeconfig, config=config, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        services.create()
        status = services.wait(observed)["status"]
        assert status["url"] == f"http://{NAME}.{services.namespace}.svc.corp.example.org:8000"
        assert operator.metric("controller_runtime_max_concurrent_reconciles") == 3


def test_pass_that_never_ends_fails_the_liveness_probe_and_no_other_pass_waits_for_it(
    account: OperatorAccount, services: ModelServices
) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace, code=HANGS) as operator:
        operator.wait(operator.leads)
        services.create("hangs")
        services.create()
        services.wait(observed)
        operator.wait(lambda: (answer := operator.get("/healthz")) is not None and answer.status_code == 503)
        answer = operator.get("/healthz")
        assert answer is not None
        assert answer.text.startswith("a pass has lasted")
        assert operator.ready()


def test_typo_in_the_configuration_is_named_and_nothing_starts(api: Client) -> None:
    operator = RunningOperator(api.kubeconfig, config={"wokers": 3})
    operator.start()
    assert operator.process
    assert operator.process.wait(30) == 1
    assert "wokers" in operator.tail()
    assert "Traceback" not in operator.tail()


def test_missing_kubeconfig_is_named(tmp_path: Path) -> None:
    operator = RunningOperator(tmp_path / "nowhere")
    operator.start()
    assert operator.process
    assert operator.process.wait(30) == 1
    assert "nowhere" in operator.tail()
    assert "Traceback" not in operator.tail()


def test_taken_port_is_named(busy: RunningOperator) -> None:
    done = subprocess.run(busy.argv, env=busy.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert str(busy.port) in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
