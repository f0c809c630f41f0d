"""How we reach the API server and say who we are, on every request and for as long as the process lives.

What expires is renewed by itself: a token file is read again every minute (kubelet rotates it), and what the server
refuses is asked for once more.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp
from multidict import CIMultiDict

TOKEN_FILE_AGE = 60.0
KEEP_ALIVE = 80.0
"""The API server closes an idle connection after 90 s; a new one costs a TLS handshake."""


class Authorization(Protocol):
    """Gives the Authorization header of the next request."""

    async def header(self) -> str | None: ...

    def refused(self) -> bool:
        """The server answered 401; True if asking for the header again may give another one."""
        ...


@dataclass(slots=True)
class Static:
    """A header that never changes, or none where a client certificate speaks for us."""

    value: str | None = None

    async def header(self) -> str | None:
        return self.value

    def refused(self) -> bool:
        return False


@dataclass(slots=True)
class TokenFile:
    """A token that somebody else keeps fresh in a file."""

    path: Path
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", init=False)
    _read_at: float = field(default=0.0, init=False)

    async def header(self) -> str | None:
        if not self._token or self.clock() - self._read_at > TOKEN_FILE_AGE:
            self._token = self.path.read_text().strip()
            self._read_at = self.clock()
        return f"Bearer {self._token}"

    def refused(self) -> bool:
        self._token = ""
        return True


@dataclass(frozen=True, slots=True)
class Credentials:
    """A cluster and a user of it."""

    server: str
    authorization: Authorization
    tls: ssl.SSLContext
    server_name: str | None = None
    """The name in the server's certificate, where it is not the one in the address."""
    proxy: str | None = None
    namespace: str = "default"
    headers: tuple[tuple[str, str], ...] = ()
    """As whom the user wants to be taken, where that is somebody else."""
    inside: bool = False
    """We run in a pod of this very cluster, where its DNS names lead somewhere."""

    def open(self) -> aiohttp.ClientSession:
        """An HTTP session that bears these credentials on every request; whoever opens it closes it."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self.tls, ttl_dns_cache=30, keepalive_timeout=KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(self._authorize,),
            headers=CIMultiDict(self.headers),
            proxy=self.proxy,
        )

    async def _authorize(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        await self._sign(request)
        response = await send(request)
        if response.status == 401 and self.authorization.refused():
            response.release()
            await self._sign(request)
            response = await send(request)
        return response

    async def _sign(self, request: aiohttp.ClientRequest) -> None:
        request.server_hostname = self.server_name
        header = await self.authorization.header()
        if header is not None:
            request.headers["Authorization"] = header
