"""Leader election against a real API server: never two leaders, and never none for long."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import pytest

from eventually import eventually
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from modelservice.kube import errors, kubeconfig
from modelservice.kube.apply import create
from modelservice.kube.lease import Lease, Timing
from modelservice.kube.resources import Key
from modelservice.kube.session import Session

QUICK = Timing(duration=2.0, deadline=1.2, renew=0.2, look=0.1)


class Replica:
    """One contender: leads, and notes from when to when it did."""

    def __init__(self, session: Session, namespace: str, name: str, timing: Timing = QUICK) -> None:
        self.skew = 0.0
        self.lease = Lease(
            session, Key(namespace, "leader"), name, timing=timing, clock=lambda: time.monotonic() + self.skew
        )
        self.led: list[tuple[float, float]] = []
        self.task = asyncio.create_task(self.lease.lead(self._work))

    @property
    def leads(self) -> bool:
        return self.lease.held()

    async def _work(self) -> None:
        began = time.monotonic()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.led.append((began, time.monotonic()))

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    async def lost(self) -> str:
        """Why this replica stopped leading."""
        with pytest.raises(errors.LostLease) as caught:
            await asyncio.wait_for(self.task, 10)
        return str(caught.value)


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[Session]:
    """A session that goes through the gate, which can be shut."""
    async with Session(kubeconfig.load([gate.kubeconfig()])) as session:
        yield session


async def test_lease_says_who_leads(session: Session, api: Client, namespace: str) -> None:
    a = Replica(session, namespace, "a")
    await eventually(lambda: a.leads)
    spec = api.get("leases", "leader", namespace)["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("a", 2, 0)
    first = spec["renewTime"]
    await eventually(lambda: api.get("leases", "leader", namespace)["spec"]["renewTime"] > first)
    assert api.get("leases", "leader", namespace)["spec"]["acquireTime"] == spec["acquireTime"]
    await a.end()


async def test_lease_that_is_given_back_is_taken_at_once(session: Session, api: Client, namespace: str) -> None:
    """With the timing that users have: within two seconds."""
    a = Replica(session, namespace, "a", Timing())
    await eventually(lambda: a.leads)
    b = Replica(session, namespace, "b", Timing())
    await a.end()
    released = time.monotonic()
    await eventually(lambda: b.leads)
    assert time.monotonic() - released < 2
    assert not a.leads
    assert api.get("leases", "leader", namespace)["spec"]["leaseTransitions"] == 1
    await b.end()


async def test_lease_of_a_holder_that_vanished_is_taken_when_its_time_is_over(
    gated: Session, gate: Gate, session: Session, namespace: str
) -> None:
    a = Replica(gated, namespace, "a")
    await eventually(lambda: a.leads)
    b = Replica(session, namespace, "b")
    gate.refuse()
    cut = time.monotonic()
    await eventually(lambda: b.leads)
    assert QUICK.duration - QUICK.renew - 0.1 < time.monotonic() - cut < QUICK.duration + 1
    assert "could not renew it in time" in await a.lost()
    await b.end()
    assert a.led[0][1] < b.led[0][0], "the one stopped before the other began"


async def test_holder_whose_renewals_hang_stops_before_another_leads(
    gated: Session, gate: Gate, session: Session, namespace: str
) -> None:
    a = Replica(gated, namespace, "a")
    await eventually(lambda: a.leads)
    b = Replica(session, namespace, "b")
    gate.freeze()
    assert "could not renew it in time" in await a.lost()
    await eventually(lambda: b.leads)
    gate.heal()
    await b.end()
    assert a.led[0][1] < b.led[0][0], "the one stopped before the other began"


async def test_holder_that_was_paused_sends_no_write(
    gated: Session, gate: Gate, session: Session, namespace: str
) -> None:
    """As after SIGSTOP and SIGCONT: the clock went on, the lease did not."""
    a = Replica(session, namespace, "a")
    await eventually(lambda: a.leads)
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace, "name": "x"}}
    async with Session(gated.credentials, fence=a.lease.held) as fenced:
        await create(fenced, config_map)
        a.skew = 20.0
        gate.seen.clear()
        with pytest.raises(errors.LostLease, match="not sent, because this replica does not lead"):
            await create(fenced, {**config_map, "metadata": {"namespace": namespace, "name": "y"}})
    assert [request.method for request in gate.seen if request.writes] == []
    assert "could not renew it in time" in await a.lost()


async def test_holder_that_was_replaced_stops_and_says_by_whom(session: Session, api: Client, namespace: str) -> None:
    a = Replica(session, namespace, "a")
    await eventually(lambda: a.leads)
    api.patch("leases", "leader", {"spec": {"holderIdentity": "b"}}, namespace)
    assert "b holds it now" in await a.lost()
    assert not a.leads
    assert api.get("leases", "leader", namespace)["spec"]["holderIdentity"] == "b", "it gives back nothing but its own"


async def test_short_outage_costs_no_leadership(gated: Session, gate: Gate, namespace: str) -> None:
    a = Replica(gated, namespace, "a")
    await eventually(lambda: a.leads)
    gate.refuse()
    before = a.lease.held_until
    await eventually(lambda: time.monotonic() > before - QUICK.deadline / 2)
    gate.heal()
    await eventually(lambda: a.lease.held_until > before)
    assert not a.task.done()
    await a.end()


async def test_hold_counts_from_before_the_renewal_was_sent(gated: Session, gate: Gate, namespace: str) -> None:
    """The answer may be late; the others count from when the server wrote it."""
    a = Replica(gated, namespace, "a")
    await eventually(lambda: a.leads)
    gate.freeze()
    frozen, before = time.monotonic(), a.lease.held_until
    await eventually(lambda: time.monotonic() > frozen + 3 * QUICK.renew)
    healed = time.monotonic()
    gate.heal()
    await eventually(lambda: a.lease.held_until > before)
    assert a.lease.held_until - QUICK.deadline < healed - QUICK.renew
    await a.end()


async def test_lease_that_somebody_deleted_is_made_again(session: Session, api: Client, namespace: str) -> None:
    a = Replica(session, namespace, "a")
    await eventually(lambda: a.leads)
    api.delete("leases", "leader", namespace)
    await eventually(lambda: api.find("leases", "leader", namespace))
    assert a.leads
    assert not a.task.done()
    await a.end()


async def test_lease_is_given_back_though_the_answer_to_a_renewal_was_missed(
    session: Session, api: Client, namespace: str
) -> None:
    a = Replica(session, namespace, "a", Timing())
    await eventually(lambda: a.leads)
    api.patch("leases", "leader", {"spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}}, namespace)
    await a.end()
    assert api.get("leases", "leader", namespace)["spec"]["holderIdentity"] == ""


async def test_work_that_ends_gives_the_lease_back(session: Session, api: Client, namespace: str) -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    await Lease(session, Key(namespace, "leader"), "a", timing=QUICK).lead(work)
    assert api.get("leases", "leader", namespace)["spec"]["holderIdentity"] == ""


async def test_work_that_fails_gives_the_lease_back_and_its_error_on(
    session: Session, api: Client, namespace: str
) -> None:
    async def work() -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        await Lease(session, Key(namespace, "leader"), "a", timing=QUICK).lead(work)
    assert api.get("leases", "leader", namespace)["spec"]["holderIdentity"] == ""


async def test_among_many_replicas_never_two_lead_at_once(session: Session, namespace: str) -> None:
    replicas = [Replica(session, namespace, f"r{n}") for n in range(5)]
    for _ in range(4):
        leaders = await eventually(lambda: [replica for replica in replicas if replica.leads])
        assert len(leaders) == 1
        await leaders[0].end()
    for replica in replicas:
        await replica.end()
    spans = sorted(span for replica in replicas for span in replica.led)
    assert len(spans) >= 4
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))
