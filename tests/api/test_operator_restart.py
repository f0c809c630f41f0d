"""What happened while no operator ran is seen by the next one, and a restart by itself changes nothing."""

from __future__ import annotations

import pytest

from alone import alone
from drifts import DRIFTS, delete, made, spoil, uid
from eventually import at_last
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from model_services import READY, ModelServices
from operator_account import OperatorAccount
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")

IMPATIENT = """
from datetime import timedelta
from modelservice.control import evidence
from modelservice.observe import starting
evidence.PATIENCE = starting.EVENTS_AFTER = timedelta(seconds=1)
"""
"""It asks for the Events of a pod that waits sooner than people want."""


def test_drift_while_the_operator_was_down_is_undone(account: OperatorAccount, services: ModelServices) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        children = made(services)
        operator.stop()
        for drift in DRIFTS.values():
            spoil(services, drift, children[drift.kind])
        operator.start()
        for drift in DRIFTS.values():
            child = children[drift.kind]
            name = child["metadata"]["name"]
            services.wait_child(drift.kind, lambda now, d=drift, c=child: d.field(now) == d.field(c), name)  # type: ignore[misc]


def test_deletion_while_the_operator_was_down_is_undone(account: OperatorAccount, services: ModelServices) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        children = made(services)
        operator.stop()
        for child in children.values():
            delete(services, child)
        operator.start()
        for kind, child in children.items():
            services.wait_child(kind, lambda now, c=child: uid(now) != uid(c), child["metadata"]["name"])  # type: ignore[misc]


def test_nothing_is_written_but_the_lease_in_steady_state_and_by_a_restart(
    lab: Lab, api: Client, account: OperatorAccount, services: ModelServices
) -> None:
    alone(api)
    with (
        Gate(lab.controlplane) as gate,
        RunningOperator(gate.through(account.kubeconfig), namespace=services.namespace, code=IMPATIENT) as operator,
    ):
        operator.wait(operator.leads)
        made(services)
        services.create("second", replicas=2)
        services.wait(READY, "second")
        stuck(services)
        quiet(operator, gate)
        begun = len(gate.seen)
        operator.stop()
        operator.start()
        operator.wait(operator.leads)
        operator.wait(lambda: operator.metric("controller_runtime_reconcile_total") >= 3)
        quiet(operator, gate)
        written = [seen for seen in gate.seen[begun:] if seen.writes and "/leases" not in seen.path]
        assert written == [], f"{written}\n{operator.tail()}"


def test_restarted_operator_replaces_no_pod(account: OperatorAccount, services: ModelServices) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        services.create(replicas=2)
        services.wait(READY)
        before = {pod["metadata"]["uid"] for pod in services.children("Pod")}
        operator.kill()
        operator.start()
        services.edit(replicas=3)
        services.wait(lambda body: body["status"].get("readyReplicas") == 3)
        assert before < {pod["metadata"]["uid"] for pod in services.children("Pod")}


def quiet(operator: RunningOperator, gate: Gate) -> None:
    """Until three renewals of the lease in a row had no other write between them."""

    def is_quiet() -> bool:
        leases = ["/leases/" in seen.path for seen in gate.seen if seen.writes]
        return all(leases[-3:])

    renewals = operator.metric("rest_client_requests_total", method="PUT")
    operator.wait(
        lambda: operator.metric("rest_client_requests_total", method="PUT") >= renewals + 3 and is_quiet(), within=120
    )


def stuck(services: ModelServices) -> None:
    """A ModelService whose status tells what only an Event does."""
    services.create("stuck", podTemplate={"metadata": {"annotations": {"lab.test/after": "1h"}}})
    labels = "modelservice.io/name=stuck"
    pod = at_last(lambda: services.client.list("Pod", services.namespace, labels, "spec.nodeName!="), within=60)[0]
    place = {name: pod["metadata"][name] for name in ("name", "namespace", "uid")}
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "stuck"},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", **place},
        "type": "Warning",
        "reason": "FailedMount",
        "message": 'MountVolume.SetUp failed for volume "template" : configmap "template" not found',
        "lastTimestamp": "2100-01-01T00:00:00Z",
    }
    services.client.create(event, services.namespace)
    services.wait(lambda body: "template" in body.get("status", {}).get("message", ""), "stuck")
