"""A door in front of a lab's API server, for one client at a time: it counts, answers 429 or 500, freezes, tears.

The client's certificate ends at the gate, which passes its user on as an aggregating proxy does, so that whoever
comes through has exactly the rights it has without the gate.
"""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import yaml
from aiohttp import web
from yarl import URL

from lab.certs import Pair, kubeconfig
from lab.controlplane import LOOPBACK, ControlPlane
from lab.wire import Wire

T = TypeVar("T")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host"}
OWN_HEADERS = ("accept", "accept-encoding", "content-type", "user-agent")
"""What aiohttp would add to a request that lacks them."""
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
GROUPS_OF = "organizationName"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came to the gate, whether or not it got through."""

    method: str
    path: str
    query: str
    agent: str

    @property
    def writes(self) -> bool:
        return self.method in WRITES


def every(_: Request) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says itself instead of asking the API server."""

    status: int
    headers: dict[str, str]
    to: Callable[[Request], bool]


class Gate:
    """Listens on `host`; `url` and `kubeconfig` lead through it. Used as a context manager."""

    def __init__(self, controlplane: ControlPlane, host: str = LOOPBACK) -> None:
        self._controlplane = controlplane
        self._host = host
        self._folder = tempfile.TemporaryDirectory(prefix="gate-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gate", daemon=True)
        self._answer: Answer | None = None
        self._session: aiohttp.ClientSession | None = None
        self.seen: list[Request] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        return f"https://{self._host}:{self._wire.port}"

    def kubeconfig(self, user: Pair | None = None) -> Path:
        """A kubeconfig that leads through the gate: this user's, or the administrator's."""
        folder = self._controlplane.folder / "certs"
        admin = Pair(folder / "admin.crt", folder / "admin.key")
        path = Path(self._folder.name, "kubeconfig")
        return kubeconfig(path, self.url, folder / "ca.crt", user or admin)

    def through(self, own: Path) -> Path:
        """Another kubeconfig of this lab, such as a ServiceAccount's, led through the gate; its token passes."""
        content = yaml.safe_load(own.read_text())
        content["clusters"][0]["cluster"]["server"] = self.url
        path = Path(self._folder.name, own.name)
        path.write_text(yaml.safe_dump(content))
        path.chmod(0o600)
        return path

    def answer(self, status: int, to: Callable[[Request], bool] = every, retry_after: int | None = None) -> None:
        """Give this status to every request that `to` picks, until `heal`."""
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self._answer = Answer(status, headers, to)

    def freeze(self) -> None:
        """Open connections and new ones hang without a word, until `heal`."""
        self._at_once(self._wire.freeze)

    def refuse(self) -> None:
        """Open connections are reset and new ones refused, until `heal`."""
        self._at_once(self._wire.refuse)

    def tear(self) -> None:
        """Open connections, watches among them, are reset once."""
        self._at_once(self._wire.tear)

    def heal(self) -> None:
        self._answer = None
        self._do(self._wire.heal())

    def _at_once(self, act: Callable[[], None]) -> None:
        """Done when this returns, so that the next request meets it."""

        async def acted() -> None:
            act()

        self._do(acted())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self) -> None:
        inner = Path(self._folder.name, "socket")
        front = self._controlplane.folder / "certs" / "front-client"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._context(ssl.Purpose.SERVER_AUTH, front), limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        self._controlplane.authority.serving("gate", "gate", [self._host, "localhost"])
        serving = self._context(ssl.Purpose.CLIENT_AUTH, self._controlplane.folder / "certs" / "gate")
        serving.verify_mode = ssl.CERT_OPTIONAL
        await web.UnixSite(self._runner, inner, ssl_context=serving).start()
        self._wire = Wire(inner, self._host)
        await self._wire.listen()

    async def _close(self) -> None:
        await self._wire.close()
        if self._session:
            await self._session.close()
        await self._runner.cleanup()

    def _context(self, purpose: ssl.Purpose, pair: Path) -> ssl.SSLContext:
        authority = self._controlplane.folder / "certs" / "ca.crt"
        context = ssl.create_default_context(purpose, cafile=str(authority))
        context.load_cert_chain(f"{pair}.crt", f"{pair}.key")
        return context

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        agent = request.headers.get("user-agent", "")
        seen = Request(request.method, request.path, request.query_string, agent)
        self.seen.append(seen)
        answer = self._answer
        if answer and answer.to(seen):
            return web.json_response(_status(answer.status), status=answer.status, headers=answer.headers)
        return await self._forward(request)

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        assert self._session
        assert request.transport
        target = URL(f"{self._controlplane.url}{request.raw_path}", encoded=True)
        body = await request.read() or None
        try:
            async with self._session.request(
                request.method, target, headers=_headers(request), data=body, skip_auto_headers=OWN_HEADERS
            ) as upstream:
                response = web.StreamResponse(status=upstream.status, headers=_passed(upstream.headers))
                await response.prepare(request)
                async for chunk in upstream.content.iter_any():
                    await response.write(chunk)
                return response
        except aiohttp.ClientError:
            # The API server is gone: the client shall see its connection break, not a tidy end.
            request.transport.abort()
            raise


def _passed(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}


def _headers(request: web.Request) -> list[tuple[str, str]]:
    """The client's own headers, and the user of its certificate in the words of a front proxy."""
    kept = _passed(request.headers).items()
    headers = [(name, value) for name, value in kept if not name.lower().startswith("x-remote-")]
    certificate = request.get_extra_info("peercert") or {}
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    headers += [("X-Remote-User", value) for name, value in subject if name == "commonName"]
    headers += [("X-Remote-Group", value) for name, value in subject if name == GROUPS_OF]
    return headers


def _status(code: int) -> dict[str, Any]:
    reason = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}.get(code, "")
    message = f"the gate answers {code}"
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }
