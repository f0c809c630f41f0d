"""A poor way to a server: relays its connections at a given speed, cuts them off, and spoils a byte.

For servers that tests cannot ask to misbehave, because they are real ones.
"""

import socket
import socketserver
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

PIECE = 64 * 1024


class Relay:
    """Listens on loopback while the `with` block runs. Faults are of what the server answers."""

    def __init__(self, port: int) -> None:
        """`port` is the server's, on loopback."""
        self.bytes_per_second: int | None = None
        """Of each connection."""
        self.cut_after: int | None = None
        """So many bytes of a connection come through, then it is dropped, ..."""
        self.cuts = 0
        """... for so many more connections."""
        self.spoil_after: int | None = None
        """The byte after so many of a connection comes wrong."""
        self.sent = 0
        self._target = ("127.0.0.1", port)
        self._stopping = threading.Event()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def relay(self, client: socket.socket) -> None:
        with socket.create_connection(self._target) as server:
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
            self._answer(server, client)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        came = 0
        while data := server.recv(self._allowance()):
            piece = bytearray(data)
            if self.spoil_after is not None and came <= self.spoil_after < came + len(piece):
                piece[self.spoil_after - came] ^= 0xFF
            if self.cuts and self.cut_after is not None and came + len(piece) > self.cut_after:
                self.cuts -= 1
                return
            client.sendall(piece)
            came += len(piece)
            self.sent += len(piece)

    def _allowance(self) -> int:
        """How many bytes may come now; waits so long that the speed is kept."""
        rate = self.bytes_per_second
        if rate is None:
            return PIECE
        self._stopping.wait(0.05)
        return max(1, rate // 20)


def _handler(relay: Relay) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # either end may be gone at any moment
                relay.relay(self.request)

    return Handler


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until either is closed; then the other is, too."""
    with suppress(OSError):
        while data := source.recv(PIECE):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
