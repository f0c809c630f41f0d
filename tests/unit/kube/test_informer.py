"""What an informer makes of answers that a real API server gives too seldom to wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from eventually import eventually
from modelservice.kube import informer as informers
from modelservice.kube.cache import Cache, Change
from modelservice.kube.informer import Informer
from modelservice.kube.resources import CONFIG_MAP, Key, Manifest
from scripted_api import Reply, Script, events, item, listing, refusal, scripted

A, B = Key("n", "a"), Key("n", "b")


@dataclass
class Following:
    informer: Informer[str]
    cache: Cache[str]
    script: Script
    changes: list[Change[str]]

    @property
    def lists(self) -> list[int]:
        """Which requests were lists."""
        return [n for n, query in enumerate(self.script.seen) if "watch" not in query]

    async def asked(self, times: int) -> None:
        """Wait until so many requests came, with all that the answers before them said taken in."""
        await eventually(lambda: len(self.script.seen) >= times)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(informers, "FIRST_DELAY", 0.001)


def value_of(manifest: Manifest) -> str:
    value: str = manifest["data"]["value"]
    return value


@asynccontextmanager
async def following(*replies: Reply) -> AsyncIterator[Following]:
    changes: list[Change[str]] = []
    cache: Cache[str] = Cache(changes.append)
    async with scripted(*replies) as (session, script):
        informer = Informer(session, CONFIG_MAP, value_of, cache, labels="a=b")
        task = asyncio.create_task(informer.run())
        yield Following(informer, cache, script, changes)
        task.cancel()
        await asyncio.wait([task])


async def test_watch_starts_at_the_list_and_goes_on_from_the_last_event() -> None:
    replies = [
        listing("5", item("a", "3")),
        events(("MODIFIED", item("a", "7", "2")), ("ADDED", item("b", "8"))),
        events(("DELETED", item("b", "9"))),
    ]
    async with following(*replies) as f:
        await f.asked(4)
        assert [query.get("resourceVersion") for query in f.script.seen] == [None, "5", "8", "9"]
        assert all(query["labelSelector"] == "a=b" for query in f.script.seen)
        assert f.changes == [Change(A, None, "1"), Change(A, "1", "2"), Change(B, None, "1"), Change(B, "1", None)]


async def test_bookmark_moves_the_version_and_nothing_else() -> None:
    bookmark = {"metadata": {"resourceVersion": "900"}}
    async with following(listing("5"), events(("BOOKMARK", bookmark))) as f:
        await f.asked(3)
        assert f.script.seen[2]["resourceVersion"] == "900"
        assert f.changes == []


async def test_event_that_is_cut_off_is_asked_for_again() -> None:
    half = b'{"type":"ADDED","object":{"metadata":{"name":"b","namespace":"n","resourceVer'
    replies = [
        listing("5"),
        events(("ADDED", item("a", "6")), rest=half),
        events(("ADDED", item("b", "7")), hangs=True),
    ]
    async with following(*replies) as f:
        await eventually(lambda: f.cache.get(B))
        assert f.script.seen[2]["resourceVersion"] == "6"
        assert f.lists == [0]


async def test_list_after_an_expired_event_asks_for_the_newest_state() -> None:
    expired = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    replies = [
        listing("5", item("a", "3"), item("b", "4")),
        events(("ERROR", expired)),
        listing("20", item("b", "11", "2")),
    ]
    async with following(*replies) as f:
        await f.asked(4)
        assert f.lists == [0, 2]
        assert "resourceVersion" not in f.script.seen[2]
        assert f.script.seen[3]["resourceVersion"] == "20"
        assert f.changes[2:] == [Change(A, "1", None), Change(B, "1", "2")]


async def test_refused_watch_is_tried_again_from_the_same_version() -> None:
    async with following(listing("5"), refusal(503), refusal(500, "InternalError")) as f:
        await f.asked(4)
        assert f.lists == [0]
        assert [query["resourceVersion"] for query in f.script.seen[1:]] == ["5", "5", "5"]


async def test_version_that_the_server_never_serves_is_given_up() -> None:
    """As after etcd was restored from a backup: the version that we know is of a future that never was."""
    refusals = [refusal(504, "Timeout")] * informers.PATIENCE
    async with following(listing("5000", item("a", "9")), *refusals, listing("40", item("b", "30"))) as f:
        await f.asked(2 + informers.PATIENCE + 1)
        assert f.lists == [0, 1 + informers.PATIENCE]
        assert f.changes[1:] == [Change(A, "1", None), Change(B, None, "1")]


async def test_watch_that_ends_at_once_without_an_event_is_no_watch(caplog: pytest.LogCaptureFixture) -> None:
    async with following(listing("5"), events()) as f:
        await f.asked(3)
        await eventually(lambda: f.informer.trouble == "")
        assert "configmaps: the watch ended at once" in caplog.text
        assert f.lists == [0]


async def test_list_that_expires_between_its_pages_starts_over_and_shows_no_half() -> None:
    replies = [
        listing("5", item("a", "3"), more="token"),
        refusal(410, "Expired"),
        listing("8", item("b", "7")),
    ]
    async with following(*replies) as f:
        await f.asked(4)
        assert [query.get("continue") for query in f.script.seen] == [None, "token", None, None]
        assert f.changes == [Change(B, None, "1")]


async def test_informer_is_synced_when_the_last_page_is_in() -> None:
    first, second = listing("5", item("a", "3"), more="token"), Reply(hangs=True)
    async with following(first, second) as f:
        await f.asked(2)
        assert (f.informer.synced.is_set(), len(f.cache)) == (False, 0)
    async with following(first, listing("5", item("b", "4"))) as f:
        await asyncio.wait_for(f.informer.synced.wait(), 10)
        assert set(f.cache) == {A, B}
