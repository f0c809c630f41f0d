"""Two replicas: one works, the other is warm and takes over; at no time do both write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from alone import alone
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from model_services import ModelServices, observed
from operator_account import OperatorAccount
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd")

LEASE = "modelservice-operator"


@dataclass
class Pair:
    leader: RunningOperator
    standby: RunningOperator


@pytest.fixture
def pair(account: OperatorAccount, services: ModelServices) -> Iterator[Pair]:
    """A leader, and a standby whose caches are whole."""
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as leader:
        leader.wait(leader.leads)
        with RunningOperator(account.kubeconfig, namespace=services.namespace) as standby:
            standby.wait(standby.ready)
            yield Pair(leader, standby)


def answered_within(services: ModelServices, name: str, seconds: float) -> float:
    """Seconds until a new ModelService has its children and its status."""
    began = time.monotonic()
    services.create(name)
    services.wait(lambda body: observed(body) and bool(body["status"].get("children")), name, timeout=seconds)
    return time.monotonic() - began


def test_standby_is_ready_and_does_not_work(pair: Pair, services: ModelServices) -> None:
    answered_within(services, "one", 20)
    assert not pair.standby.leads()
    assert pair.standby.metric("controller_runtime_reconcile_total") == 0
    assert pair.standby.metric("modelservice_informer_events_total") > 0


def test_killed_leader_is_replaced_within_20_seconds(pair: Pair, services: ModelServices) -> None:
    answered_within(services, "one", 20)
    pair.leader.kill()
    assert answered_within(services, "two", 20) < 20
    assert pair.standby.leads()


def test_stopped_leader_ends_and_is_replaced_within_2_seconds(pair: Pair, services: ModelServices) -> None:
    answered_within(services, "one", 20)
    assert pair.leader.stop() < 2
    assert services.child("Lease", LEASE)["spec"]["holderIdentity"] == "" or pair.standby.leads()
    began = time.monotonic()
    pair.standby.wait(pair.standby.leads, within=10)
    assert time.monotonic() - began < 2
    answered_within(services, "two", 20)


def test_leader_that_was_paused_past_its_lease_writes_nothing_more_and_ends(
    lab: Lab, api: Client, account: OperatorAccount, services: ModelServices
) -> None:
    alone(api)
    with (
        Gate(lab.controlplane) as gate,
        RunningOperator(gate.through(account.kubeconfig), namespace=services.namespace) as paused,
    ):
        paused.wait(paused.leads)
        with RunningOperator(account.kubeconfig, namespace=services.namespace) as other:
            services.create("one")
            paused.pause()
            services.create("two")
            other.wait(other.leads, within=30)
            services.wait(observed, "two")
            services.create("three")
            begun = len(gate.seen)
            paused.resume()
            assert paused.process
            assert paused.process.wait(20) == 1
            written = [seen for seen in gate.seen[begun:] if seen.writes and "/leases" not in seen.path]
            assert written == []
            assert "holds it now" in paused.tail() or "could not renew" in paused.tail()
            services.wait(observed, "three")


def test_leader_that_is_cut_off_stops_before_the_other_begins(
    lab: Lab, account: OperatorAccount, services: ModelServices
) -> None:
    with (
        Gate(lab.controlplane) as gate,
        RunningOperator(gate.through(account.kubeconfig), namespace=services.namespace) as cut,
    ):
        cut.wait(cut.leads)
        with RunningOperator(account.kubeconfig, namespace=services.namespace) as other:
            other.wait(other.ready)
            gate.refuse()
            other.wait(lambda: other.leads() or not cut.leads(), within=30)
            assert not (other.leads() and cut.running and cut.leads())
            other.wait(other.leads, within=20)
            gate.heal()
            assert cut.process
            cut.process.wait(20)
