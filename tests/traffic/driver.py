"""Drives an endpoint with clients, streaming ones unless told, and accounts for every request: none may be lost or cut.

`Traffic` runs in a thread of its own while a test changes the cluster. Each client sends its next request as soon as
the last one ended: half of them over a kept connection, half over a new one each time. A request whose kept connection
the server had closed before any byte of an answer is sent once more on a new one, as the HTTP clients that people use
do; those are counted as resent.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

POLL = 0.05
PAUSE_AFTER_FAILURE = 0.2


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: to which base URL, as which model, by how many clients, how long an answer."""

    url: str
    model: str
    clients: int = 8
    max_tokens: int = 64
    api_key: str | None = None
    stall_seconds: float = 30.0
    """A stream that is silent for so long counts as failed."""
    path: str = "/chat/completions"
    body: dict[str, Any] | None = None
    """What is sent there instead of a chat; it is answered as a whole, with JSON."""


@dataclass(slots=True)
class Account:
    """Every request that was sent, and its end."""

    sent: int = 0
    finished: int = 0
    resent: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        return self.failures.total()

    def __str__(self) -> str:
        text = f"sent {self.sent}, finished {self.finished}, failed {self.failed}, resent {self.resent}"
        return text + "".join(f"\n  {count} x {what}" for what, count in self.failures.most_common())


class StreamError(Exception):
    """The answer was not a whole stream; the text says what came instead."""


class Traffic:
    """A context: clients run from entry to exit, and at the exit every request has come to its end."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.account = Account()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="traffic", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, finished: int = 0, failed: int = 0, timeout: float = 60) -> None:
        """Until so many more requests have come to that end: the traffic flows."""
        wanted = self.account.finished + finished, self.account.failed + failed
        deadline = time.monotonic() + timeout
        while self.account.finished < wanted[0] or self.account.failed < wanted[1]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout:.0f} s: {finished} finished, {failed} failed; {self.account}")
            time.sleep(POLL)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for number in range(self.load.clients):
                clients.create_task(self._client(keep=number % 2 == 0))

    async def _client(self, keep: bool) -> None:
        silence = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self.load.stall_seconds)
        headers = {"authorization": f"Bearer {self.load.api_key}"} if self.load.api_key else {}
        connector = aiohttp.TCPConnector(force_close=not keep)
        async with aiohttp.ClientSession(timeout=silence, headers=headers, connector=connector) as session:
            while not self._stop.is_set():
                self.account.sent += 1
                try:
                    await self._request(session, keep)
                except (aiohttp.ClientError, TimeoutError, StreamError, OSError, ValueError) as error:
                    self.account.failures[f"{type(error).__name__}: {error}"[:200]] += 1
                    await asyncio.sleep(PAUSE_AFTER_FAILURE)
                else:
                    self.account.finished += 1

    async def _request(self, session: aiohttp.ClientSession, kept: bool) -> None:
        """The answer is read to its end; what was closed before it began may be sent once more."""
        try:
            response = await self._send(session)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not kept:
                raise
            self.account.resent += 1
            response = await self._send(session)
        async with response:
            await self._read(response)

    async def _send(self, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        chat = {
            "model": self.load.model,
            "messages": [{"role": "user", "content": "hello world hello world"}],
            "max_tokens": self.load.max_tokens,
            "ignore_eos": True,
            "stream": True,
        }
        return await session.post(f"{self.load.url}{self.load.path}", json=self.load.body or chat)

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        if response.status != 200:
            raise StreamError(f"HTTP {response.status}: {(await response.text())[:120]}")
        if self.load.body is not None:
            await response.json()
            return
        finish, last = None, ""
        async for line in response.content:
            text = line.decode().strip()
            if text.startswith("data: "):
                last = text.removeprefix("data: ")
                finish = finish_reason(last) or finish
        if last != "[DONE]":
            raise StreamError(f"the stream ended without [DONE], after: {last[:120]}")
        if finish not in ("stop", "length"):
            raise StreamError(f"the stream finished with {finish!r}")


def finish_reason(data: str) -> str | None:
    """Why generation ended, if this chunk says so; an error chunk says `error`."""
    if data == "[DONE]":
        return None
    chunk = json.loads(data)
    if "error" in chunk:
        return "error"
    reasons = [choice.get("finish_reason") for choice in chunk.get("choices", [])]
    return next((reason for reason in reasons if reason), None)
