"""A port of this machine that leads to pods, through the API server and with its credentials.

It does not go by the API server's service proxy, which keeps the Authorization header, and with it the key of a model
server, to itself. Each connection is a websocket of its own to the next of the pods that answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self

import aiohttp

from modelservice.kube.errors import ApiError, Transient
from modelservice.kube.resources import POD, Key
from modelservice.kube.session import Session

HOST = "127.0.0.1"
PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
"""Each message begins with the number of its channel, and the first of each channel holds nothing but the port."""
CHUNK = 32 * 1024
FRESH = 2.0
"""Seconds for which the pods are taken to be those that were seen last."""
AWAKE = 30.0
"""What lies between us and the API server forgets connections on which nothing passes, and models think for long."""


@dataclass(frozen=True, slots=True)
class Place:
    """A port of a pod."""

    pod: Key
    port: int


Find = Callable[[], Awaitable[Sequence[Place]]]
"""Where connections may lead to now."""


class PortForward:
    """`async with` opens the port and closes it. `problem` tells why the last connection that broke off did."""

    def __init__(self, session: Session, find: Find) -> None:
        self._session = session
        self._find = find
        self._places: Sequence[Place] = ()
        self._seen = 0.0
        self._turns = count()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.problem: ApiError | None = None

    @property
    def url(self) -> str:
        """Where HTTP clients of this machine connect to."""
        assert self._server is not None, "it is open inside `async with` only"
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            place = await self._next()
            socket = await self._session.websocket(
                POD.path(place.pod, "portforward"),
                target=_told(place),
                params={"ports": str(place.port)},
                protocol=PROTOCOL,
            )
            self.problem = None
            try:
                await _relay(reader, writer, socket, _told(place))
            finally:
                await socket.close()
        except ApiError as error:
            self.problem = error
            self._seen = 0.0
        finally:
            writer.close()

    async def _next(self) -> Place:
        """One after the other, as a Service would."""
        if time.monotonic() - self._seen > FRESH:
            self._places = await self._find()
            self._seen = time.monotonic()
        if not self._places:
            raise Transient("port-forward", "no pod answers")
        return self._places[next(self._turns) % len(self._places)]


Socket = aiohttp.ClientWebSocketResponse[bool]


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: Socket, target: str) -> None:
    """Until either side closes: a client that has gone must not leave an answer running for nobody."""
    ways = (_send(reader, socket), _receive(socket, writer, target), _stay_awake(socket))
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        with suppress(ConnectionError, aiohttp.ClientError):  # one of the two has gone
            task.result()


async def _send(reader: asyncio.StreamReader, socket: Socket) -> None:
    while data := await reader.read(CHUNK):
        await socket.send_bytes(bytes([DATA]) + data)


async def _receive(socket: Socket, writer: asyncio.StreamWriter, target: str) -> None:
    opened: set[int] = set()
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        channel, data = message.data[0], message.data[1:]
        if channel not in opened:
            opened.add(channel)
        elif channel == DATA:
            writer.write(data)
            await writer.drain()
        elif channel == ERROR and data:
            raise Transient(target, data.decode(errors="replace").strip())


async def _stay_awake(socket: Socket) -> None:
    while True:
        await asyncio.sleep(AWAKE)
        await socket.ping()


def _told(place: Place) -> str:
    return f"port-forward to {POD.describe(place.pod)}, port {place.port}"
