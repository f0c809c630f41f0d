"""A TCP relay that can be frozen, refused and torn: what a broken network does to one client's connections."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path


class Wire:
    """Relays to the unix socket `target`. All methods belong to one event loop."""

    def __init__(self, target: Path, host: str) -> None:
        self._target = target
        self._host = host
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()
        self._place = socket.socket()
        """Bound and never listening, so that the port stays ours while it refuses, and the kernel refuses for us."""
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind((host, 0))
        self.port: int = self._place.getsockname()[1]

    async def listen(self) -> None:
        """Accept connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self._host, self.port, reuse_port=True)

    def freeze(self) -> None:
        """Nothing gets through any more, and nobody is told: as when a cable is cut."""
        self._flowing.clear()

    def refuse(self) -> None:
        """Tear what is open and refuse what comes: as when the other side's process is gone."""
        if self._server:
            self._server.close()
            self._server = None
        self.tear()

    def tear(self) -> None:
        """Reset every open connection once."""
        for writer in self._open:
            writer.transport.abort()

    async def close(self) -> None:
        """Refuse for good; no relay is left."""
        self.refuse()
        for relay in self._relays:
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)
        self._place.close()

    async def heal(self) -> None:
        self._flowing.set()
        await self.listen()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._ending_with_relay(writer):
            await self._flowing.wait()
            there_reader, there_writer = await asyncio.open_unix_connection(self._target)
            async with self._ending_with_relay(there_writer), asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, there_writer))
                both.create_task(self._pass_on(there_reader, writer))

    @contextlib.asynccontextmanager
    async def _ending_with_relay(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        """One end of a relay: open while the relay runs, and reset after it, whatever ended it."""
        self._open.add(writer)
        try:
            yield
        except* OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            await self._flowing.wait()
            target.write(data)
            await target.drain()
        raise ConnectionResetError
