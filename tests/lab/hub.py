"""Plays a Hugging Face hub on this machine, or a mirror of it: its client, and engines that use it, download from here.

Small files are answered at once; for weights the client is sent on to a second address, as the hub does. The hub can
be told to be slow, to cut answers off and to refuse, and it remembers every request, so that tests can count. It knows
ModelScope's interface and that of Ollama's registry too, and with a certificate it is a site behind `https://`.
"""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from lab import modelscope, ollama
from lab.certs import Pair
from lab.library import Answer, File, Library, Repository, Request

WEIGHTS = (".safetensors", ".gguf", ".bin")
PIECE = 64 * 1024
CONTENT = re.compile(r"/resolve/|^/store/|/repo[?]")
"""Paths of files' contents, among those of what is told of them."""


@dataclass(slots=True)
class Faults:
    """What goes wrong; each may be set and unset while clients download."""

    bytes_per_second: int | None = None
    """Of each file's content."""
    cut_after: int | None = None
    """So many bytes of a file's content are sent, then the connection is dropped, ..."""
    cuts: int = 0
    """... for so many more answers."""
    refusals: list[int] = field(default_factory=list)
    """The statuses that the next requests get instead of an answer."""


class Hub:
    """A hub that listens while the `with` block runs. For pods, let it listen on the lab's gateway address."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, pair: Pair | None = None) -> None:
        self.faults = Faults()
        self.requests: list[Request] = []
        self._library = Library()
        self._lock = threading.Lock()
        self._answering: set[int] = set()
        self._stopping = threading.Event()
        self.scheme = "https" if pair else "http"
        self._servers = [ThreadingHTTPServer((host, number), _handler(self)) for number in (port, 0)]
        if pair:
            for server in self._servers:
                _secure(server, pair)
        self._threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in self._servers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def url(self) -> str:
        """What HF_ENDPOINT is set to."""
        host, port = self._servers[0].server_address[:2]
        return f"{self.scheme}://{host!s}:{port}"

    @property
    def store_port(self) -> int:
        """Where weights come from; no client has reason to show its token there."""
        return self._servers[1].server_port

    @property
    def sent(self) -> int:
        """Bytes of all files' contents so far."""
        return sum(request.sent for request in self.requests if CONTENT.search(request.path))

    @property
    def idle(self) -> bool:
        """No answer is on its way, not even to a client that is gone."""
        return not self._answering

    def add(
        self,
        name: str,
        source: Path,
        private: bool = False,
        gated: bool = False,
        revisions: tuple[str, ...] = ("main",),
        spoilt: bool = False,
    ) -> str:
        """Publish a folder's files, or one file, as the model `name`; the answer is the commit.

        Of a `spoilt` model other bytes are sent than its hashes say.
        """
        root, paths = (source.parent, [source]) if source.is_file() else (source, sorted(source.rglob("*")))
        files = {
            str(path.relative_to(root)): File(path.read_bytes(), path.suffix in WEIGHTS, spoilt)
            for path in paths
            if path.is_file()
        }
        repository = Repository(name, files, private, gated, frozenset(revisions))
        self._library.repositories[name] = repository
        return repository.commit

    def allow(self, token: str, *names: str) -> None:
        """Make this a known token, whose owner may read these private or gated models."""
        self._library.readers[token] = frozenset(names)

    def take(self, request: Request) -> tuple[Answer, int]:
        """The answer to a request, and the number under which it is remembered."""
        with self._lock:
            refused = self.faults.refusals.pop(0) if self.faults.refusals else None
            answer = self._answer(request) if refused is None else Answer(refused, {})
            self.requests.append(replace(request, status=answer.status))
            return answer, len(self.requests) - 1

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(modelscope.PREFIX):
            return modelscope.answer(self._library, request)
        if request.path.startswith(ollama.PREFIX):
            return ollama.answer(self._library, request)
        return self._library.answer(request)

    @contextmanager
    def answering(self, number: int) -> Iterator[None]:
        with self._lock:
            self._answering.add(number)
        yield
        with self._lock:
            self._answering.discard(number)

    def sending(self, number: int, sent: int) -> None:
        self.requests[number] = replace(self.requests[number], sent=sent)

    def end_of(self, answer: Answer) -> int:
        """How much of the body is sent before the connection drops."""
        with self._lock:
            if not (answer.is_content and self.faults.cuts and self.faults.cut_after is not None):
                return len(answer.body)
            self.faults.cuts -= 1
            return min(self.faults.cut_after, len(answer.body))

    def allowance(self, answer: Answer) -> int:
        """How many bytes may be sent now; waits so long that the speed is kept."""
        rate = self.faults.bytes_per_second
        if rate is None or not answer.is_content:
            return PIECE
        self._stopping.wait(0.05)
        return max(1, rate // 20)


def _secure(server: ThreadingHTTPServer, pair: Pair) -> None:
    """Each connection's own thread does the handshake: a client that hangs in it keeps nobody else waiting."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer, number = self._begin()
            with hub.answering(number):
                self._send(answer, number)

        def do_HEAD(self) -> None:
            self._begin()

        def log_message(self, format: str, *args: object) -> None:
            """Requests are remembered, not printed."""

        def _begin(self) -> tuple[Answer, int]:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
            answer, number = hub.take(Request(self.command, self.path, token, self.headers.get("Range")))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, f"{self._store()}{value}" if name == "Location" else value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            return answer, number

        def _store(self) -> str:
            """The store, by the name that the client uses for this machine."""
            return f"{hub.scheme}://{urlsplit('//' + self.headers['Host']).hostname}:{hub.store_port}"

        def _send(self, answer: Answer, number: int) -> None:
            end = hub.end_of(answer)
            sent = 0
            try:
                while sent < end:
                    piece = answer.body[sent : min(end, sent + hub.allowance(answer))]
                    sent += len(piece)
                    hub.sending(number, sent)
                    self.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
                self.close_connection = True
            if end < len(answer.body):
                self.close_connection = True

    return Handler
