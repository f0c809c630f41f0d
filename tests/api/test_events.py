"""Kubernetes Events as people see them in `kubectl describe`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from eventually import eventually
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from modelservice.kube import errors, kubeconfig
from modelservice.kube import events as recording
from modelservice.kube.events import About, EventRecorder, EventType
from modelservice.kube.resources import CONFIG_MAP, NODE, Key
from modelservice.kube.session import Session


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[Session]:
    async with Session(kubeconfig.load([gate.kubeconfig()])) as session:
        yield session


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "QUIET", 0.0)
    monkeypatch.setattr(recording, "RETRY", 0.1)


@asynccontextmanager
async def recorder(session: Session) -> AsyncIterator[EventRecorder]:
    recorder = EventRecorder(session, "replica-1")
    task = asyncio.create_task(recorder.run())
    yield recorder
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def about(namespace: str, name: str = "x") -> About:
    return About(CONFIG_MAP, Key(namespace, name), f"uid-{name}")


def events(api: Client, namespace: str) -> list[dict[str, Any]]:
    return api.list("events", namespace, fields="involvedObject.kind=ConfigMap")


def told(api: Client, namespace: str) -> list[tuple[str, str, str, int]]:
    return sorted((e["type"], e["reason"], e["message"], e["count"]) for e in events(api, namespace))


async def test_event_names_the_object_and_who_says_it(session: Session, api: Client, namespace: str) -> None:
    async with recorder(session) as r:
        r.record(about(namespace), EventType.WARNING, "CrashLoop", "the engine crashed 3 times")
        (event,) = await eventually(lambda: events(api, namespace))
    thing = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": namespace, "name": "x", "uid": "uid-x"}
    assert event["involvedObject"] == thing
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "CrashLoop", "the engine crashed 3 times")
    assert (event["reportingComponent"], event["reportingInstance"]) == ("modelservice-operator", "replica-1")
    assert event["firstTimestamp"] == event["lastTimestamp"]
    assert event["metadata"]["name"].startswith("x.")


async def test_event_is_what_kubectl_describe_shows(session: Session, api: Client, namespace: str) -> None:
    made = api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": namespace}})
    async with recorder(session) as r:
        r.record(About(CONFIG_MAP, Key(namespace, "x"), made["metadata"]["uid"]), EventType.NORMAL, "Ready", "2 of 2")
        await eventually(lambda: events(api, namespace))
    shown = api.kubectl("describe", "configmap", "x", "--namespace", namespace)
    assert "Normal  Ready" in shown
    assert "modelservice-operator  2 of 2" in shown


async def test_same_reason_of_the_same_object_is_one_event_that_counts(
    session: Session, api: Client, namespace: str
) -> None:
    async with recorder(session) as r:
        for n in range(3):
            r.record(about(namespace), EventType.NORMAL, "Starting", f"pod {n}")
            await eventually(lambda: ("Normal", "Starting", f"pod {n}", n + 1) in told(api, namespace))  # noqa: B023
        r.record(about(namespace), EventType.WARNING, "CrashLoop", "boom")
        r.record(about(namespace, "y"), EventType.NORMAL, "Starting", "pod 0")
        await eventually(lambda: len(events(api, namespace)) == 3)
    assert told(api, namespace) == [
        ("Normal", "Starting", "pod 0", 1),
        ("Normal", "Starting", "pod 2", 3),
        ("Warning", "CrashLoop", "boom", 1),
    ]


async def test_repeated_event_is_written_seldom(
    gated: Session, gate: Gate, api: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop gone wild costs two writes, not a thousand."""
    monkeypatch.setattr(recording, "QUIET", 3.0)
    async with recorder(gated) as r:
        r.record(about(namespace), EventType.NORMAL, "Starting", "first")
        await eventually(lambda: events(api, namespace))
        for n in range(1000):
            r.record(about(namespace), EventType.NORMAL, "Starting", f"again {n}")
            await asyncio.sleep(0 if n % 100 else 0.01)  # time to post, were it so
        await eventually(lambda: told(api, namespace) == [("Normal", "Starting", "again 999", 1001)])
    assert [request.method for request in gate.seen] == ["POST", "PATCH"]


async def test_event_that_the_server_forgot_is_made_anew(session: Session, api: Client, namespace: str) -> None:
    async with recorder(session) as r:
        r.record(about(namespace), EventType.NORMAL, "Starting", "first")
        (event,) = await eventually(lambda: events(api, namespace))
        api.delete("events", event["metadata"]["name"], namespace)
        r.record(about(namespace), EventType.NORMAL, "Starting", "second")
        await eventually(lambda: told(api, namespace) == [("Normal", "Starting", "second", 1)])


async def test_event_waits_for_a_server_that_is_away(gate: Gate, api: Client, namespace: str) -> None:
    codes: list[str] = []
    credentials = kubeconfig.load([gate.kubeconfig()])
    async with Session(credentials, on_request=lambda _, code: codes.append(code)) as session, recorder(session) as r:
        gate.refuse()
        r.record(about(namespace), EventType.NORMAL, "Starting", "while away")
        await eventually(lambda: "<error>" in codes)
        gate.heal()
        await eventually(lambda: told(api, namespace) == [("Normal", "Starting", "while away", 1)])


async def test_refused_event_costs_no_other(session: Session, api: Client, namespace: str) -> None:
    async with recorder(session) as r:
        r.record(about("never-there"), EventType.NORMAL, "Starting", "lost")
        r.record(about(namespace, "y"), EventType.NORMAL, "Starting", "told")
        await eventually(lambda: told(api, namespace) == [("Normal", "Starting", "told", 1)])


async def test_events_that_wait_are_bounded(session: Session, namespace: str) -> None:
    r = EventRecorder(session, "replica-1")
    for n in range(recording.WAITING + 5):
        r.record(about(namespace, f"x{n}"), EventType.NORMAL, "Starting", "...")
    r.record(about(namespace, "x0"), EventType.NORMAL, "Starting", "again")
    assert r.dropped == 5


async def test_lost_lease_ends_the_recorder(session: Session, namespace: str) -> None:
    async with Session(session.credentials, fence=lambda: False) as fenced:
        r = EventRecorder(fenced, "replica-1")
        r.record(about(namespace), EventType.NORMAL, "Starting", "...")
        with pytest.raises(errors.LostLease):
            await asyncio.wait_for(r.run(), 10)


async def test_long_message_is_shortened_and_not_refused(session: Session, api: Client, namespace: str) -> None:
    async with recorder(session) as r:
        r.record(about(namespace), EventType.NORMAL, "Starting", "x" * 5000)
        (event,) = await eventually(lambda: events(api, namespace))
    assert event["message"] == "x" * 1020 + " ..."


async def test_event_about_a_cluster_wide_object_is_told(session: Session, api: Client) -> None:
    async with recorder(session) as r:
        r.record(About(NODE, Key("", "some-node"), "uid-node"), EventType.NORMAL, "Seen", "...")
        fields = "involvedObject.name=some-node"
        assert await eventually(lambda: api.list("events", "default", fields=fields))
