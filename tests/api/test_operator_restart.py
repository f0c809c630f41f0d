"""What happened while no operator ran is seen by the next one, and a restart by itself changes nothing."""

from __future__ import annotations

import pytest

from drifts import DRIFTS, delete, made, spoil, uid
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from model_services import READY, ModelServices
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("nodes")


def test_drift_while_the_operator_was_down_is_undone(api: Client, services: ModelServices) -> None:
    with RunningOperator(api.kubeconfig, namespace=services.namespace) as operator:
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


def test_deletion_while_the_operator_was_down_is_undone(api: Client, services: ModelServices) -> None:
    with RunningOperator(api.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        children = made(services)
        operator.stop()
        for child in children.values():
            delete(services, child)
        operator.start()
        for kind, child in children.items():
            services.wait_child(kind, lambda now, c=child: uid(now) != uid(c), child["metadata"]["name"])  # type: ignore[misc]


def test_nothing_is_written_but_the_lease_in_steady_state_and_by_a_restart(lab: Lab, services: ModelServices) -> None:
    with Gate(lab.controlplane) as gate, RunningOperator(gate.kubeconfig(), namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        made(services)
        services.create("second", replicas=2)
        services.wait(READY, "second")
        quiet(operator, gate)
        begun = len(gate.seen)
        operator.stop()
        operator.start()
        operator.wait(operator.leads)
        operator.wait(lambda: operator.metric("controller_runtime_reconcile_total") >= 2)
        quiet(operator, gate)
        assert [seen for seen in gate.seen[begun:] if seen.writes and "/leases" not in seen.path] == []


def test_restarted_operator_replaces_no_pod(api: Client, services: ModelServices) -> None:
    with RunningOperator(api.kubeconfig, namespace=services.namespace) as operator:
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
    operator.wait(lambda: operator.metric("rest_client_requests_total", method="PUT") >= renewals + 3 and is_quiet())
