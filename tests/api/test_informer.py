"""The informer against a real API server: whatever happens to the watch, the cache ends up true."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eventually import eventually
from lab import faults
from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from modelservice.kube import kubeconfig
from modelservice.kube.cache import Cache, Change
from modelservice.kube.informer import Informer
from modelservice.kube.resources import CONFIG_MAP, Key, Manifest, Resource
from modelservice.kube.session import Session

OURS = {"test.modelservice.io/informer": "yes"}
SELECTOR = "test.modelservice.io/informer=yes"


@dataclass
class Watched:
    """A running informer, and all that it told."""

    informer: Informer[str]
    cache: Cache[str]
    changes: deque[Change[str]]
    lists: list[str] = field(default_factory=list)

    def listed(self, resource: Resource, objects: int, why: str) -> None:
        assert (resource, objects) == (CONFIG_MAP, len(self.cache))
        self.lists.append(why)

    def event(self, resource: Resource) -> None:
        assert resource is CONFIG_MAP

    async def told(self) -> Change[str]:
        await eventually(lambda: self.changes)
        return self.changes.popleft()


def value_of(manifest: Manifest) -> str | None:
    value: str = manifest["data"]["value"]
    return value if value != "leave me out" else None


@asynccontextmanager
async def watching(session: Session, namespaces: Sequence[str], **options: Any) -> AsyncIterator[Watched]:
    changes: deque[Change[str]] = deque()
    cache: Cache[str] = Cache(changes.append)
    watched = Watched(Informer(session, CONFIG_MAP, value_of, cache), cache, changes)
    watched.informer = Informer(
        session,
        CONFIG_MAP,
        options.pop("project", value_of),
        cache,
        namespaces=namespaces,
        labels=SELECTOR,
        metrics=watched,
        **options,
    )
    task = asyncio.create_task(watched.informer.run())
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), "an informer ends by cancellation alone"


def put(api: Client, namespace: str, name: str, value: str) -> None:
    metadata = {"namespace": namespace, "name": name, "labels": OURS}
    api.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}})


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[Session]:
    """A session that goes through the gate, which can be shut."""
    async with Session(kubeconfig.load([gate.kubeconfig()])) as session:
        yield session


async def test_informer_lists_all_pages_before_it_is_synced(session: Session, api: Client, namespace: str) -> None:
    for n in range(7):
        put(api, namespace, f"c{n}", str(n))
    async with watching(session, [namespace], page=3) as watched:
        await asyncio.wait_for(watched.informer.synced.wait(), 10)
        assert {key.name: watched.cache.get(key) for key in watched.cache} == {f"c{n}": str(n) for n in range(7)}
        assert watched.lists == ["start"]


async def test_informer_tells_what_comes_changes_and_goes(session: Session, api: Client, namespace: str) -> None:
    key = Key(namespace, "a")
    async with watching(session, [namespace]) as watched:
        await watched.informer.synced.wait()
        put(api, namespace, "a", "1")
        assert await watched.told() == Change(key, None, "1")
        put(api, namespace, "a", "2")
        assert await watched.told() == Change(key, "1", "2")
        api.delete("configmaps", "a", namespace)
        assert await watched.told() == Change(key, "2", None)
        assert watched.lists == ["start"]


async def test_object_that_loses_its_label_or_our_interest_is_gone(
    session: Session, api: Client, namespace: str
) -> None:
    for name in ("a", "b"):
        put(api, namespace, name, "1")
    async with watching(session, [namespace]) as watched:
        await watched.informer.synced.wait()
        watched.changes.clear()
        api.patch("configmaps", "a", {"metadata": {"labels": None}}, namespace)
        assert await watched.told() == Change(Key(namespace, "a"), "1", None)
        put(api, namespace, "b", "leave me out")
        assert await watched.told() == Change(Key(namespace, "b"), "1", None)


async def test_informer_of_namespaces_sees_them_and_no_other(session: Session, api: Client, namespace: str) -> None:
    other, third = (f"{namespace}-{word}" for word in ("other", "third"))
    for name in (other, third):
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    try:
        put(api, third, "unseen", "1")
        async with watching(session, [namespace, other]) as watched:
            await watched.informer.synced.wait()
            put(api, namespace, "a", "1")
            put(api, other, "b", "1")
            await eventually(lambda: set(watched.cache) == {Key(namespace, "a"), Key(other, "b")})
    finally:
        for name in (other, third):
            api.delete("namespaces", name)


async def test_object_that_cannot_be_read_hides_no_other(session: Session, api: Client, namespace: str) -> None:
    def project(manifest: Manifest) -> str:
        return str(1 // int(manifest["data"]["value"]))

    put(api, namespace, "bad", "0")
    put(api, namespace, "good", "1")
    async with watching(session, [namespace], project=project) as watched:
        await watched.informer.synced.wait()
        assert set(watched.cache) == {Key(namespace, "good")}
        put(api, namespace, "good", "0")
        assert await eventually(lambda: not len(watched.cache))
        put(api, namespace, "bad", "1")
        await eventually(lambda: set(watched.cache) == {Key(namespace, "bad")})


async def test_watch_that_is_cut_goes_on_where_it_was(gated: Session, gate: Gate, api: Client, namespace: str) -> None:
    """Every change is told once, in order, and no list is needed."""
    key = Key(namespace, "a")
    async with watching(gated, [namespace]) as watched:
        await watched.informer.synced.wait()
        for n in range(5):
            gate.tear()
            put(api, namespace, "a", str(n))
            assert await watched.told() == Change(key, None if n == 0 else str(n - 1), str(n))
        assert watched.lists == ["start"]


async def test_changes_while_the_server_is_away_are_told_when_it_is_back(
    gated: Session, gate: Gate, api: Client, namespace: str
) -> None:
    put(api, namespace, "edited", "1")
    put(api, namespace, "deleted", "1")
    async with watching(gated, [namespace]) as watched:
        await watched.informer.synced.wait()
        watched.changes.clear()
        gate.refuse()
        await eventually(lambda: watched.informer.trouble)
        put(api, namespace, "edited", "2")
        api.delete("configmaps", "deleted", namespace)
        put(api, namespace, "new", "1")
        gate.heal()
        assert [await watched.told() for _ in range(3)] == [
            Change(Key(namespace, "edited"), "1", "2"),
            Change(Key(namespace, "deleted"), "1", None),
            Change(Key(namespace, "new"), None, "1"),
        ]
        assert watched.informer.trouble == ""


async def test_history_that_is_compacted_away_is_made_up_for_by_comparing(
    gated: Session, gate: Gate, lab: Lab, api: Client, namespace: str
) -> None:
    """410 Gone: deleted, edited and new objects are told though no watch ever saw them."""
    for name in ("kept", "edited", "deleted"):
        put(api, namespace, name, "1")
    async with watching(gated, [namespace]) as watched:
        await watched.informer.synced.wait()
        watched.changes.clear()
        gate.refuse()
        await eventually(lambda: watched.informer.trouble)
        put(api, namespace, "edited", "2")
        api.delete("configmaps", "deleted", namespace)
        put(api, namespace, "new", "1")
        faults.expire(lab.controlplane)
        gate.heal()
        told = [await watched.told() for _ in range(3)]
        assert sorted(told, key=lambda change: change.key) == [
            Change(Key(namespace, "deleted"), "1", None),
            Change(Key(namespace, "edited"), "1", "2"),
            Change(Key(namespace, "new"), None, "1"),
        ]
        assert watched.lists == ["start", "Gone"]
        put(api, namespace, "kept", "2")
        assert await watched.told() == Change(Key(namespace, "kept"), "1", "2"), "the watch goes on after the list"


async def test_stream_that_falls_silent_is_given_up(gated: Session, gate: Gate, api: Client, namespace: str) -> None:
    async with watching(gated, [namespace], silence=0.5) as watched:
        await watched.informer.synced.wait()
        gate.freeze()
        assert "in time" in await eventually(lambda: watched.informer.trouble)
        assert watched.informer.silent_for() >= 0.5
        put(api, namespace, "a", "1")
        gate.heal()
        assert await watched.told() == Change(Key(namespace, "a"), None, "1")


async def test_server_that_is_overloaded_is_asked_again_when_it_says(
    gated: Session, gate: Gate, namespace: str
) -> None:
    gate.answer(429, to=lambda request: "configmaps" in request.path, retry_after=2)
    loop = asyncio.get_running_loop()
    async with watching(gated, [namespace]) as watched:
        began = loop.time()
        await eventually(lambda: watched.informer.trouble)
        gate.heal()
        await asyncio.wait_for(watched.informer.synced.wait(), 10)
        assert loop.time() - began >= 1.9


@pytest.fixture
def stranger(lab: Lab, api: Client) -> tuple[Path, Callable[[str], None]]:
    """A user without rights, and the way to let them read ConfigMaps of a namespace."""
    user = f"stranger-{secrets.token_hex(4)}"

    def allow(namespace: str) -> None:
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}]
        metadata = {"namespace": namespace, "name": user}
        rbac = "rbac.authorization.k8s.io"
        api.create({"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules})
        role = {"apiGroup": rbac, "kind": "Role", "name": user}
        subjects = [{"apiGroup": rbac, "kind": "User", "name": user}]
        binding = {"metadata": metadata, "roleRef": role, "subjects": subjects}
        api.create({"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", **binding})

    return lab.controlplane.user(user, user), allow


async def test_informer_without_rights_says_so_and_goes_on_once_it_has_them(
    stranger: tuple[Path, Callable[[str], None]], api: Client, namespace: str
) -> None:
    config, allow = stranger
    put(api, namespace, "a", "1")
    async with Session(kubeconfig.load([config])) as session, watching(session, [namespace]) as watched:
        trouble = await eventually(lambda: watched.informer.trouble)
        assert trouble.startswith(f"configmaps in {namespace}: configmaps is forbidden: User")
        assert not watched.informer.synced.is_set()
        assert watched.informer.silent_for() == float("inf")
        allow(namespace)
        assert await watched.told() == Change(Key(namespace, "a"), None, "1")
        assert watched.informer.synced.is_set()
