"""A server that plays an API server's front door: it notes who comes, by which credentials and by which way, so that
two clients with the same kubeconfig can be compared. A proxy beside it leads every name to that door.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.certs import Authority, Pair

LOOPBACK = "127.0.0.1"
NAME = "api.lab.invalid"
"""In the certificate beside the address; no DNS knows it."""
EMPTY_LIST = b'{"metadata": {}, "items": []}'
SAYS_WHO = ("Authorization", "Proxy-Authorization", "Impersonate-")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request: its headers that say who comes, the client's certificate, the name that was asked for in TLS."""

    path: str
    host: str
    headers: tuple[tuple[str, str], ...]
    certificate: str
    asked_for: str


class Reception:
    """Doors over TLS and plain, and the proxy; `visits` and `tunnels` (where to, as whom) are what came."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority.create(folder, "authority")
        self.serving = self.authority.serving("server", "server", (LOOPBACK, NAME))
        self.client: Pair = self.authority.client("client", "somebody")
        self.visits: list[Visit] = []
        self.tunnels: list[tuple[str, str]] = []
        self._asked_for = ""
        self._secure = ThreadingHTTPServer((LOOPBACK, 0), _door(self))
        self._secure.socket = self._tls().wrap_socket(self._secure.socket, server_side=True)
        self._plain = ThreadingHTTPServer((LOOPBACK, 0), _door(self))
        self._proxy = ThreadingHTTPServer((LOOPBACK, 0), _proxy(self))
        self.servers = (self._secure, self._plain, self._proxy)
        self.port, self.plain_port, self.proxy_port = (server.server_address[1] for server in self.servers)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.serving.cert, self.serving.key)
        context.load_verify_locations(self.authority.pair.cert)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.sni_callback = lambda _, name, __: setattr(self, "_asked_for", name or "")
        return context

    def note(self, handler: BaseHTTPRequestHandler) -> None:
        certificate: Any = handler.connection.getpeercert() if isinstance(handler.connection, ssl.SSLSocket) else {}
        names = [value for part in (certificate or {}).get("subject", ()) for _, value in part]
        told = [(key.title(), value) for key, value in handler.headers.items() if key.title().startswith(SAYS_WHO)]
        host = handler.headers.get("Host", "")
        self.visits.append(Visit(handler.path, host, tuple(sorted(told)), "".join(names), self._asked_for))


@contextmanager
def reception(folder: Path) -> Iterator[Reception]:
    """It is open while the context lasts."""
    found = Reception(folder)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in found.servers]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        for server, thread in zip(found.servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _door(reception: Reception) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reception.note(self)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(EMPTY_LIST)))
            self.end_headers()
            self.wfile.write(EMPTY_LIST)

        def log_message(self, format: str, *args: object) -> None:
            """Visits are noted, not printed."""

    return Door


def _proxy(reception: Reception) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            reception.tunnels.append((self.path, self.headers.get("Proxy-Authorization", "")))
            with socket.create_connection((LOOPBACK, reception.port)) as there:
                self.send_response(200)
                self.end_headers()
                _carry(self.connection, there)

        def log_message(self, format: str, *args: object) -> None:
            """Tunnels are noted, not printed."""

    return Proxy


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Until either hangs up."""
    to = {one: other, other: one}
    while True:
        for ready in select.select(list(to), [], [])[0]:
            if not (data := ready.recv(65536)):
                return
            to[ready].sendall(data)
