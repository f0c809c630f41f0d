"""Requests to the API server: JSON in and out, typed errors, bounded in number and in time.

A session with a fence sends no write once the fence is down. The check comes last, after every wait for a turn, so
that at most what is on the wire already can reach the server later.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from modelservice.kube import errors
from modelservice.kube.credentials import Credentials
from modelservice.kube.encode import encode
from modelservice.kube.ratelimit import RateLimit
from modelservice.kube.resources import Manifest

POOL = 32
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
READS = frozenset({"GET", "HEAD"})
AGENT = "modelservice-operator"
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Compressing costs the server more time than a cluster's network saves by it."""

RequestHook = Callable[[str, str], None]
"""Called with method and code (`<error>` without an answer) of each request: `rest_client_requests_total`."""
Fence = Callable[[], bool]
"""True while writes may be sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to a request that it granted."""

    code: int
    body: bytes

    def json(self) -> Manifest:
        """The body as an object."""
        value: Manifest = json.loads(self.body)
        return value


class Stream:
    """The open answer to a watch or a log request."""

    def __init__(self, response: aiohttp.ClientResponse, target: str) -> None:
        self._response = response
        self._target = target

    async def read(self) -> bytes:
        """The next bytes as they come, or nothing at the end. Silence beyond the stream's limit is Transient."""
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            raise _unanswered(self._target, error) from error


class Session:
    """One user's way to one API server. `async with` opens it; streams do not count against the pool."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        pool: int = POOL,
        rate: RateLimit | None = None,
        fence: Fence | None = None,
        on_request: RequestHook = lambda *_: None,
        agent: str = AGENT,
    ) -> None:
        self.credentials = credentials
        self._turns = asyncio.Semaphore(pool)
        self._rate = rate or RateLimit()
        self._fence = fence
        self._on_request = on_request
        self._headers = {**HEADERS, "User-Agent": agent}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = self.credentials.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        target: str,
        params: Mapping[str, str] | None = None,
        body: Manifest | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Send one request and read the whole answer; whatever is not a success is raised as ApiError.

        `target` is how messages name the object. Of a list of objects only the first page comes: see `pages`.
        """
        data = None if body is None else encode(body)
        headers = self._headers if data is None else {**self._headers, "Content-Type": content_type}
        async with self._turns:
            await self._rate.turn()
            if method not in READS and self._fence is not None and not self._fence():
                raise errors.LostLease(target, "not sent, because this replica does not lead")
            url = self._url(path, params)
            async with self._sent(method, url, target, data=data, headers=headers, timeout=TIMEOUT) as response:
                return Answer(response.status, await response.read())

    async def pages(
        self, path: str, *, target: str, params: Mapping[str, str] | None = None, limit: int = 500
    ) -> AsyncIterator[Manifest]:
        """The pages of a list, all of one moment. Gone is raised if the list outlives the server's memory of it."""
        query = {**(params or {}), "limit": str(limit)}
        while True:
            page = (await self.request("GET", path, target=target, params=query)).json()
            yield page
            token = page["metadata"].get("continue")
            if not token:
                return
            query["continue"] = token

    @asynccontextmanager
    async def stream(
        self, path: str, *, target: str, params: Mapping[str, str] | None = None, silence: float
    ) -> AsyncIterator[Stream]:
        """Open an answer that does not end by itself; each read waits `silence` seconds at most."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=silence)
        async with self._sent(
            "GET", self._url(path, params), target, headers=self._headers, timeout=timeout
        ) as response:
            yield Stream(response, target)

    async def websocket(
        self, path: str, *, target: str, params: Mapping[str, str], protocol: str
    ) -> aiohttp.ClientWebSocketResponse[bool]:
        """Open a connection in both directions; whoever opens it closes it. A kubelet refuses one that wants JSON."""
        assert self._http is not None, "the session is not open"
        agent = {"User-Agent": self._headers["User-Agent"]}
        try:
            return await self._http.ws_connect(
                self._url(path, params), protocols=(protocol,), headers=agent, max_msg_size=0
            )
        except errors.CredentialsError as error:
            raise errors.Unauthorized(target, str(error)) from error
        except aiohttp.WSServerHandshakeError as error:
            raise errors.of_answer(target, error.status, b"") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unanswered(target, error) from error

    @asynccontextmanager
    async def _sent(self, method: str, url: URL, target: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        assert self._http is not None, "the session is not open"
        answered = False
        try:
            async with self._http.request(method, url, allow_redirects=False, **options) as response:
                answered = True
                self._on_request(method, str(response.status))
                if response.status >= 300:
                    wait = response.headers.get("Retry-After", "")
                    body = await response.read()
                    raise errors.of_answer(target, response.status, body, float(wait) if wait.isdigit() else 0.0)
                yield response
        except errors.CredentialsError as error:
            raise errors.Unauthorized(target, str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unanswered(target, error) from error
        finally:
            if not answered:
                self._on_request(method, "<error>")

    def _url(self, path: str, params: Mapping[str, str] | None) -> URL:
        query = f"?{urlencode(params)}" if params else ""
        return URL(f"{self.credentials.server}{path}{query}", encoded=True)


def _unanswered(target: str, error: Exception) -> errors.Transient:
    """aiohttp's errors are many and some have no text."""
    if isinstance(error, TimeoutError):
        return errors.Transient(target, "the API server did not answer in time")
    return errors.Transient(target, f"no answer from the API server: {error or type(error).__name__}")
