"""Keeps a cache true to the API server: list, then watch, and list again when the watch cannot go on.

Two rules hold. A list is always the newest state (no resourceVersion is asked for), so that the cache never goes back
in time. And what came or went while nobody watched is found by comparing, so that every change is told once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from modelservice.kube import errors
from modelservice.kube.cache import Cache
from modelservice.kube.resources import Key, Manifest, Resource, key_of
from modelservice.kube.session import Session
from modelservice.kube.watch import Decoder, EventType, WatchEvent

T = TypeVar("T")

logger = logging.getLogger(__name__)

PAGE = 500
SILENCE = 70.0
"""Bookmarks come about once a minute; a stream that is silent for longer is dead, whatever TCP thinks."""
WATCH_SECONDS = (300, 600)
"""The server ends a watch within these, so that replicas spread over its instances again."""
FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
SHORT = 5.0
"""A watch that ends within these seconds without an event was not granted."""
PATIENCE = 5
"""So many failures in a row mean that the version itself may be what the server cannot serve: list again."""


class InformerMetrics(Protocol):
    """What an informer tells of itself."""

    def listed(self, resource: Resource, objects: int, why: str) -> None: ...

    def event(self, resource: Resource) -> None: ...


class Unmeasured:
    """Metrics that go nowhere."""

    def listed(self, resource: Resource, objects: int, why: str) -> None:
        pass

    def event(self, resource: Resource) -> None:
        pass


@dataclass(slots=True)
class _Follower:
    """One list-and-watch: the whole cluster, or one namespace of several."""

    namespace: str | None
    version: str = ""
    """Where the next watch starts; empty when a list must come first."""
    why: str = "start"
    """Why the next list is made."""
    events: int = 0
    failures: int = 0
    heard_at: float | None = None
    trouble: str = ""

    def heard(self, now: float) -> None:
        self.heard_at = now
        if self.trouble:
            logger.info("following again after: %s", self.trouble)
        self.trouble = ""

    def fail(self, trouble: str) -> None:
        if not self.trouble:
            logger.warning("not following: %s", trouble)
        self.trouble = trouble


class Informer(Generic[T]):
    """`run` it in a task; `synced` is set when the cache holds everything there was at the start.

    `project` makes of each manifest the small value that the cache keeps; None leaves the object out.
    """

    def __init__(
        self,
        session: Session,
        resource: Resource,
        project: Callable[[Manifest], T | None],
        cache: Cache[T],
        *,
        namespaces: Sequence[str] = (),
        labels: str = "",
        metrics: InformerMetrics | None = None,
        silence: float = SILENCE,
        page: int = PAGE,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.resource = resource
        self.cache = cache
        self.synced = asyncio.Event()
        self._session = session
        self._project = project
        self._labels = labels
        self._metrics = metrics or Unmeasured()
        self._silence = silence
        self._page = page
        self._chance = chance
        self._followers = [_Follower(namespace) for namespace in namespaces] or [_Follower(None)]

    async def run(self) -> None:
        """Follow the server until cancelled. No refusal of the server ends it: see `trouble`."""
        async with asyncio.TaskGroup() as group:
            for follower in self._followers:
                group.create_task(self._follow(follower), name=f"informer {self.resource.plural}")

    async def look(self) -> None:
        """Fill the cache with what there is now, and follow nothing. A refusal is raised."""
        for follower in self._followers:
            await self._list(follower)

    @property
    def trouble(self) -> str:
        """Why the cache may be out of date, as a sentence; empty while all is well."""
        return next((follower.trouble for follower in self._followers if follower.trouble), "")

    def silent_for(self) -> float:
        """Seconds since the server was last heard of: by a list, an event or a bookmark."""
        now = asyncio.get_running_loop().time()
        heard = [now - follower.heard_at for follower in self._followers if follower.heard_at is not None]
        return max(heard) if len(heard) == len(self._followers) else float("inf")

    async def _follow(self, follower: _Follower) -> None:
        while True:
            began = self._now()
            follower.events = 0
            try:
                if not follower.version:
                    await self._list(follower)
                await self._watch(follower)
                if not follower.events and self._now() - began < SHORT:
                    raise errors.Transient(self._target(follower), "the watch ended at once")
            except errors.ApiError as error:
                await self._recover(follower, error)

    async def _recover(self, follower: _Follower, error: errors.ApiError) -> None:
        """Wait a while, and decide whether to list again; the first Gone in a row lists at once."""
        follower.failures = 1 if follower.events else follower.failures + 1
        follower.fail(str(error))
        gone = isinstance(error, errors.Gone)
        if not isinstance(error, errors.Transient) or follower.failures % PATIENCE == 0:
            follower.version, follower.why = "", type(error).__name__
        if gone and follower.failures == 1:
            return
        backoff = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(follower.failures - 1, 30))
        await asyncio.sleep(max(error.retry_after, backoff * (0.5 + self._chance() / 2)))

    async def _list(self, follower: _Follower) -> None:
        listed: dict[Key, T] = {}
        version = ""
        path, target = self.resource.collection(follower.namespace), self._target(follower)
        params = {"labelSelector": self._labels} if self._labels else {}
        async for page in self._session.pages(path, target=target, params=params, limit=self._page):
            version = version or page["metadata"]["resourceVersion"]
            for item in page["items"]:
                value = self._value(item)
                if value is not None:
                    listed[key_of(item)] = value
        self.cache.replace(listed, follower.namespace)
        follower.version = version
        follower.heard(self._now())
        self._metrics.listed(self.resource, len(listed), follower.why)
        if all(other.version for other in self._followers):
            self.synced.set()

    async def _watch(self, follower: _Follower) -> None:
        shortest, longest = WATCH_SECONDS
        params = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": follower.version,
            "timeoutSeconds": str(round(shortest + (longest - shortest) * self._chance())),
        }
        if self._labels:
            params["labelSelector"] = self._labels
        path, target = self.resource.collection(follower.namespace), self._target(follower)
        decoder = Decoder(target)
        async with self._session.stream(path, target=target, params=params, silence=self._silence) as stream:
            follower.heard(self._now())
            while chunk := await stream.read():
                follower.heard(self._now())
                for event in decoder.feed(chunk):
                    self._take(event)
                    follower.version = event.version
                    follower.events += 1

    def _take(self, event: WatchEvent) -> None:
        self._metrics.event(self.resource)
        if event.type is EventType.BOOKMARK:
            return
        value = None if event.type is EventType.DELETED else self._value(event.object)
        if value is None:
            self.cache.remove(key_of(event.object))
        else:
            self.cache.put(key_of(event.object), value)

    def _value(self, manifest: Manifest) -> T | None:
        try:
            return self._project(manifest)
        except Exception:  # one object that we cannot read must not blind us to all others
            logger.exception("cannot read %s, which is left out", self.resource.describe(key_of(manifest)))
            return None

    def _target(self, follower: _Follower) -> str:
        return f"{self.resource.plural} in {follower.namespace}" if follower.namespace else self.resource.plural

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
