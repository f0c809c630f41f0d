"""What the kubelet is answered: alive until a pass never ends, ready once there is nothing left to wait for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

import virtual_time
from eventually import eventually
from modelservice.control.health import LONGEST_PASS, Check, Health, stuck
from modelservice.control.metrics import Metrics
from modelservice.control.queue import WorkQueue

HOST = "127.0.0.1"


@asynccontextmanager
async def served(alive: Check, ready: Check) -> AsyncIterator[str]:
    """The base URL of a server that answers."""
    port = unused_port()
    task = asyncio.create_task(Health(Metrics(), alive, ready).run(HOST, port))
    try:
        await eventually(lambda: listens(port))
        yield f"http://{HOST}:{port}"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def listens(port: int) -> bool:
    with suppress(ConnectionRefusedError):
        socket.create_connection((HOST, port)).close()
        return True
    return False


@pytest.mark.parametrize(
    ("alive", "ready", "path", "answer"),
    [
        pytest.param("", "", "/healthz", (200, "ok"), id="alive"),
        pytest.param("", "", "/readyz", (200, "ok"), id="ready"),
        pytest.param("stuck", "", "/healthz", (503, "stuck"), id="stuck"),
        pytest.param("", "caches", "/readyz", (503, "caches"), id="not ready, and told why"),
        pytest.param("", "caches", "/healthz", (200, "ok"), id="not ready is alive"),
    ],
)
async def test_probe_fails_with_the_reason(alive: str, ready: str, path: str, answer: tuple[int, str]) -> None:
    async with (
        served(lambda: alive, lambda: ready) as url,
        aiohttp.ClientSession() as client,
        client.get(url + path) as response,
    ):
        assert (response.status, await response.text()) == answer


def test_loop_is_stuck_once_a_pass_lasts_longer_than_any_honest_one() -> None:
    async def told() -> list[str]:
        queue: WorkQueue[str] = WorkQueue()
        queue.add("a")
        key = await queue.get()
        answers = [stuck(queue)]
        await asyncio.sleep(LONGEST_PASS - 1)
        answers.append(stuck(queue))
        await asyncio.sleep(2)
        answers.append(stuck(queue))
        queue.done(key)
        return [*answers, stuck(queue)]

    assert virtual_time.run(told()) == ["", "", "a pass has lasted 301 s", ""]
