"""kopf as the shell: it logs in, follows ModelServices and stops in order. All else is ours.

Its low-level event handler only keeps the body and puts the key on the queue; nothing in it can fail or wait.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, cast

import kopf

from modelservice.api.resource import GROUP, PLURAL, VERSION
from modelservice.control.queue import Priority, WorkQueue
from modelservice.control.services import Services
from modelservice.kube.credentials import Credentials
from modelservice.kube.resources import Key, key_of

CHUNK = 250
"""Objects a page: kopf holds whole pages as Python objects, which is most of its memory."""
IDLE = 0.2
"""Seconds that kopf keeps an object's last event; five times as many objects are in memory at its default."""


class Shell:
    """`run` it in the leader's task, last of all: what appears in the event loop after it is cancelled with it."""

    def __init__(
        self, credentials: Credentials, services: Services, queue: WorkQueue[Key], namespaces: Sequence[str]
    ) -> None:
        self._credentials = credentials
        self._services = services
        self._queue = queue
        self._namespaces = namespaces

    async def run(self, started: Callable[[], None]) -> None:
        """Follow ModelServices until cancelled. kopf takes the process's signals; `started` may take them back."""
        before = asyncio.all_tasks()
        tasks = await kopf.spawn_tasks(
            registry=self._registry(),
            settings=settings(),
            identity=cast("Any", GROUP),  # else kopf asks for the user's name, which a pod's user may not have
            standalone=True,
            clusterwide=not self._namespaces,
            namespaces=self._namespaces,
        )
        started()
        await kopf.run_tasks(tasks, ignored=before)

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(self._login)
        kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)(self._event)
        return registry

    async def _login(self, **_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(
            server=self._credentials.server,
            aiohttp_session=self._credentials.open(),
            default_namespace=self._credentials.namespace,
        )

    async def _event(self, event: kopf.RawEvent, **_: Any) -> None:
        body: Any = event["object"]
        if event["type"] == "DELETED":
            self._services.drop(key_of(body), body["metadata"]["uid"])
        elif self._services.put(body):
            listed = event["type"] is None
            self._queue.add(key_of(body), Priority.RESYNC if listed else Priority.FRESH)


class NoEssence(kopf.DiffBaseStorage):
    """kopf copies every object to see what its handlers would have to do; ours have nothing to do with changes."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence({})

    def fetch(self, **_: Any) -> None:
        return None

    def store(self, **_: Any) -> None:
        pass


def settings() -> kopf.OperatorSettings:
    """kopf's defaults suit few objects and handlers that write; we have many, and write nothing through it."""
    result = kopf.OperatorSettings()
    result.persistence.diffbase_storage = NoEssence()
    result.scanning.disabled = True
    result.queueing.idle_timeout = IDLE
    result.watching.chunk_size = CHUNK
    result.watching.server_timeout = random.randint(300, 600)
    result.networking.request_timeout = 30
    result.networking.connect_timeout = 5
    result.networking.error_backoffs = (1, 2, 3, 5, 8)
    result.posting.enabled = False
    result.persistence.finalizer = f"{GROUP}/unused"
    return result
