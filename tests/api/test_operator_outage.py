"""The API server goes away, forgets, refuses: the operator lives on, catches up, and does not make up what is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from drifts import DRIFTS, made, spoil
from lab.faults import expire
from lab.gate import Gate
from lab.lab import Lab
from model_services import ModelServices, observed
from operator_account import OperatorAccount
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")

OUTAGE = 60
"""Seconds."""


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
def alone(gate: Gate, account: OperatorAccount, services: ModelServices) -> Iterator[RunningOperator]:
    """A single replica that needs no lease, behind the gate."""
    with RunningOperator(
        gate.through(account.kubeconfig), "--no-leader-election", namespace=services.namespace
    ) as operator:
        yield operator.wait(operator.ready)


def test_minute_without_api_server_is_made_up_for(
    gate: Gate, account: OperatorAccount, services: ModelServices
) -> None:
    """A leader gives up its lease and ends; what the kubelet starts in its place waits, alive, and goes on."""
    with RunningOperator(gate.through(account.kubeconfig), namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        children = made(services)
        gate.refuse()
        healed_at = time.monotonic() + OUTAGE
        assert operator.process
        assert operator.process.wait(20) == 1
        services.edit(replicas=3)
        spoil(services, DRIFTS["Service selector"], children["Service"])
        operator.start()
        operator.wait(lambda: operator.get("/healthz") is not None)
        operator.wait(lambda: time.monotonic() > healed_at and alive(operator), within=OUTAGE)
        assert not operator.ready()
        gate.heal()
        services.wait(lambda body: observed(body) and body["status"]["replicas"] == 3)
        selector = children["Service"]["spec"]["selector"]
        services.wait_child("Service", lambda service: service["spec"]["selector"] == selector)


def test_changes_from_before_a_compaction_are_not_missed(
    lab: Lab, gate: Gate, services: ModelServices, alone: RunningOperator
) -> None:
    children = made(services)
    services.create("gone")
    services.wait(observed, "gone")
    listed = alone.metric("modelservice_informer_lists_total")
    gate.refuse()
    spoil(services, DRIFTS["Service selector"], children["Service"])
    services.delete("gone")
    services.create("new")
    services.client.wait_gone("Deployment", "gone", services.namespace)
    expire(lab.controlplane)
    gate.heal()
    selector = children["Service"]["spec"]["selector"]
    services.wait_child("Service", lambda service: service["spec"]["selector"] == selector)
    services.wait(observed, "new")
    assert alone.metric("modelservice_informer_lists_total") > listed
    assert services.client.find("Deployment", "gone", services.namespace) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_refusals_of_an_overloaded_api_server_are_waited_out(
    gate: Gate, services: ModelServices, alone: RunningOperator, status: int
) -> None:
    gate.answer(status, to=lambda request: request.writes, retry_after=1)
    services.create()
    alone.wait(lambda: alone.metric("rest_client_requests_total", code=str(status)) >= 2)
    gate.heal()
    services.wait_child("Deployment")  # a status may have been let through before it
    services.wait(observed)


def test_watches_that_are_cut_go_on(gate: Gate, services: ModelServices, alone: RunningOperator) -> None:
    children = made(services)
    gate.tear()
    services.create("new")
    spoil(services, DRIFTS["Deployment replicas"], children["Deployment"])
    services.wait(observed, "new")
    services.wait_child("Deployment", lambda deployment: deployment["spec"]["replicas"] == 2)
    assert alone.running


def alive(operator: RunningOperator) -> bool:
    answer = operator.get("/healthz")
    assert answer is not None
    assert answer.is_success, answer.text
    return True
