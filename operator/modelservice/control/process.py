"""The operator as one process: what starts when, and how it ends.

The health server comes first, then the caches; the lease is asked for once they are whole, and only its holder follows
ModelServices and works. A signal ends it in order: work, lease, the rest. A lost lease ends it as well, since a
process that starts anew knows nothing that has become wrong.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.control.caches import Caches
from modelservice.control.describe import Describe
from modelservice.control.evidence import Evidence
from modelservice.control.execute import Executor
from modelservice.control.health import Health, stuck
from modelservice.control.metrics import LEASE, Metrics
from modelservice.control.queue import Priority, WorkQueue
from modelservice.control.reconcile import Reconciler
from modelservice.control.services import Services
from modelservice.control.shell import Shell
from modelservice.control.sweep import sweep
from modelservice.control.workers import Workers
from modelservice.kube import errors
from modelservice.kube.credentials import Credentials
from modelservice.kube.events import EventRecorder
from modelservice.kube.lease import Lease
from modelservice.kube.resources import MODEL_SERVICE, Key
from modelservice.kube.session import Fence, Session

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ASK_AGAIN = 2.0
CHANGES_SETTLE = 0.05
"""Seconds: what the cluster's controllers do to a child comes in bursts, and one pass sees it all."""


@dataclass(frozen=True, slots=True)
class Options:
    """How this process runs. `identity` is its name among the replicas; `namespace` is where their Lease lies."""

    credentials: Credentials
    config: OperatorConfig
    identity: str
    namespace: str
    leader_election: bool = True
    host: str = "0.0.0.0"
    port: int = 8080


class Operator:
    """One replica."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._metrics = Metrics()
        self._services = Services()
        self._queue: WorkQueue[Key] = WorkQueue(metrics=self._metrics.queue)
        self._stop = asyncio.Event()
        self._served = False
        self._electing = self._session()
        self._lease = Lease(
            self._electing, Key(options.namespace, LEASE), options.identity, on_change=self._metrics.leads
        )
        self._reading = self._session()
        self._writing = self._session(fence=self._lease.held if options.leader_election else None)
        self._caches = Caches(
            self._reading,
            changed=lambda key: self._queue.add_after(key, CHANGES_SETTLE),
            around=self._look_around,
            namespaces=options.config.namespaces,
            metrics=self._metrics,
        )

    async def run(self) -> None:
        """Until a signal comes; LostLease is raised when another replica leads by now."""
        self._take_signals()
        health = Health(self._metrics, self._alive, self._ready)
        async with self._electing, self._reading, self._writing:
            await first_of(
                self._stopped(),
                self._lead(),
                self._caches.run(),
                health.run(self._options.host, self._options.port),
            )
        logger.info("stopped")

    async def _lead(self) -> None:
        await self._crd_served()
        await self._caches.synced()
        logger.info("caches are whole")
        if not self._options.leader_election:
            return await self._work()
        logger.info("waiting for the lease %s as %s", self._lease.key, self._lease.identity)
        return await self._lease.lead(self._work)

    async def _work(self) -> None:
        """What only the leader does."""
        logger.info("working")
        config, namespaces = self._options.config, self._options.config.namespaces
        evidence = Evidence(self._reading, answered=self._queue.add)
        events = EventRecorder(self._writing, self._options.identity)
        executor = Executor(self._writing, self._caches, self._metrics.wrote)
        describe = Describe(answered=self._queue.add)
        reconciler = Reconciler(
            self._writing, self._services, self._caches, evidence, describe, events, executor, config
        )
        workers = Workers(self._queue, reconciler, self._metrics)
        shell = Shell(self._options.credentials, self._services, self._queue, namespaces)
        await first_of(
            evidence.run(),
            describe.run(),
            events.run(),
            workers.run(config.workers),
            sweep(self._reading, self._services, self._queue, namespaces),
            shell.run(started=self._take_signals),
        )

    async def _crd_served(self) -> None:
        """kopf would go on without the kind; we wait for it, and are not ready until then."""
        namespace = next(iter(self._options.config.namespaces), None)
        path = MODEL_SERVICE.collection(namespace)
        while not self._served:
            try:
                await self._reading.request("GET", path, target=MODEL_SERVICE.plural, params={"limit": "1"})
                self._served = True
            except errors.ApiError as error:
                logger.warning("waiting for the CustomResourceDefinition: %s", error)
                await asyncio.sleep(ASK_AGAIN)

    async def _stopped(self) -> None:
        await self._stop.wait()
        logger.info("stopping")

    def _take_signals(self) -> None:
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)

    def _look_around(self, namespace: str) -> None:
        for key in self._services:
            if key.namespace == namespace:
                self._queue.add(key, Priority.RESYNC)

    def _session(self, fence: Fence | None = None) -> Session:
        return Session(self._options.credentials, fence=fence, on_request=self._metrics.requested)

    def _alive(self) -> str:
        return stuck(self._queue)

    def _ready(self) -> str:
        if not self._served:
            return "the CustomResourceDefinition is not served"
        return "" if self._caches.whole else "the caches are not whole"


async def first_of(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends; the others are cancelled in order, each to its end, and what went wrong is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
            await asyncio.wait((task,))
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
