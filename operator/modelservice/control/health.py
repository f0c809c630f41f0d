"""Answers the kubelet and Prometheus: alive, ready, metrics.

`/healthz` fails only when a restart would help: a pass that never ends, or a task that should run and does not. An API
server that is down is no such thing. `/readyz` is true in a standby as well: its caches are whole, and it may lead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from modelservice.control.metrics import Metrics
from modelservice.control.queue import WorkQueue

LONGEST_PASS = 300.0
"""Seconds. Every request of a pass ends within 30, so nothing honest takes as long."""
BEAT = 5.0

Check = Callable[[], str]
"""Says what is wrong, or nothing."""


def stuck(queue: WorkQueue[Any]) -> str:
    """Says that a pass never ends, when one does not."""
    longest = queue.longest_busy()
    return f"a pass has lasted {longest:.0f} s" if longest > LONGEST_PASS else ""


class Health:
    """The server of one process. `alive` and `ready` are asked on each request."""

    def __init__(self, metrics: Metrics, alive: Check, ready: Check) -> None:
        self._metrics = metrics
        self._alive = alive
        self._ready = ready

    async def run(self, host: str, port: int) -> None:
        """Serve until cancelled."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._serve_metrics)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            await self._measure_lag()
        finally:
            await runner.cleanup()

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            self._metrics.lagged(max(0.0, loop.time() - due))

    async def _healthz(self, _: web.Request) -> web.Response:
        return _answer(self._alive())

    async def _readyz(self, _: web.Request) -> web.Response:
        return _answer(self._ready())

    async def _serve_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _answer(trouble: str) -> web.Response:
    return web.Response(status=503 if trouble else 200, text=trouble or "ok")
