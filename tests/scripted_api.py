"""An API server on loopback that answers what a test wrote down, for faults that no real one shows on demand."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from modelservice.kube.credentials import Credentials, Static
from modelservice.kube.session import Session
from modelservice.kube.tls import trusting


@dataclass(frozen=True)
class Reply:
    """One answer: whole, or with `hangs` without an end."""

    body: bytes = b""
    status: int = 200
    hangs: bool = False


@dataclass
class Script:
    """The answers in their order; when they are over, everything hangs. `seen` holds the query of each request."""

    replies: deque[Reply]
    seen: list[Mapping[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(dict(request.query))
        reply = self.replies.popleft() if self.replies else Reply(hangs=True)
        response = web.StreamResponse(status=reply.status)
        await response.prepare(request)
        await response.write(reply.body)
        if reply.hangs:
            await asyncio.get_running_loop().create_future()
        return response


@asynccontextmanager
async def scripted(*replies: Reply) -> AsyncIterator[tuple[Session, Script]]:
    """A session to a server that gives these answers."""
    script = Script(deque(replies))
    app = web.Application(handler_args={"handler_cancellation": True})
    app.router.add_route("*", "/{path:.*}", script.answer)
    async with TestServer(app) as server:
        credentials = Credentials(str(server.make_url("")).rstrip("/"), Static(), trusting(None))
        async with Session(credentials) as session:
            yield session, script


def listing(version: str, *items: Any, more: str = "") -> Reply:
    """A page of a list."""
    metadata = {"resourceVersion": version} | ({"continue": more} if more else {})
    return Reply(json.dumps({"metadata": metadata, "items": items}).encode())


def item(name: str, version: str, value: str = "1") -> dict[str, Any]:
    """A ConfigMap as a list or an event holds it."""
    return {"metadata": {"namespace": "n", "name": name, "resourceVersion": version}, "data": {"value": value}}


def events(*events: tuple[str, Mapping[str, Any]], rest: bytes = b"", hangs: bool = False) -> Reply:
    """A watch with these events, and perhaps half a one at its end."""
    lines = [json.dumps({"type": type, "object": thing}).encode() + b"\n" for type, thing in events]
    return Reply(b"".join(lines) + rest, hangs=hangs)


def refusal(code: int, reason: str = "") -> Reply:
    """A Status."""
    status = {"kind": "Status", "code": code, "reason": reason, "message": f"refused with {code}"}
    return Reply(json.dumps(status).encode(), code)
