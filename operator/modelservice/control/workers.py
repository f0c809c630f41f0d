"""Takes keys from the queue and runs passes over them; decides what becomes of a key after its pass."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from modelservice.control import logs
from modelservice.control.metrics import Metrics
from modelservice.control.queue import Stopped, WorkQueue
from modelservice.control.reconcile import Reconciler, Result
from modelservice.kube import errors
from modelservice.kube.errors import Retry
from modelservice.kube.resources import Key

logger = logging.getLogger(__name__)

SLOWLY = 30.0
"""Seconds to wait at least where somebody must act first."""


class Workers:
    """`run` in a task: so many passes at once at most."""

    def __init__(self, queue: WorkQueue[Key], reconciler: Reconciler, metrics: Metrics) -> None:
        self._queue = queue
        self._reconciler = reconciler
        self._metrics = metrics

    async def run(self, number: int) -> None:
        """Work until cancelled, or until the lease is lost."""
        self._metrics.workers(number)
        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                key = await self._queue.get()
            except Stopped:
                return
            try:
                with logs.about(key):
                    await self._pass(key)
            finally:
                self._queue.done(key)

    async def _pass(self, key: Key) -> None:
        clock = asyncio.get_running_loop()
        began, result = clock.time(), "error"
        self._metrics.started()
        try:
            result = self._settle(key, await self._reconciler.reconcile(key))
        except errors.LostLease:
            raise
        except errors.ApiError as error:
            result = self._fail(key, (error,))
        except Exception:  # a fault of ours must cost one ModelService, not all of them
            logger.exception("the pass failed")
            self._queue.retry(key)
        finally:
            self._metrics.finished(result, clock.time() - began)

    def _settle(self, key: Key, result: Result) -> str:
        if result.failures:
            return self._fail(key, result.failures)
        self._queue.forget(key)
        if result.again is None:
            return "success"
        self._queue.add_after(key, (result.again - datetime.now(UTC)).total_seconds())
        return "requeue_after"

    def _fail(self, key: Key, failures: Sequence[errors.ApiError]) -> str:
        """The failure that lets us try again soonest decides when."""
        slow = all(error.retry is Retry.SLOWLY for error in failures)
        at_least = max((error.retry_after for error in failures), default=0.0)
        delay = self._queue.retry(key, max(at_least, SLOWLY) if slow else at_least)
        for error in failures:
            expected = error.retry is Retry.NOW
            logger.log(logging.INFO if expected else logging.WARNING, "again in %.1f s: %s", delay, error)
        return "requeue" if all(error.retry is Retry.NOW for error in failures) else "error"
