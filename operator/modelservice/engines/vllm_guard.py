"""Guards every route of vLLM's server but /health and /metrics by the API key (`--middleware vllm_guard.RequireKey`).

vLLM's own key leaves routes open, among them /invocations, which answers prompts. This file is mounted into the
engine's container and imported there by vLLM: it needs Python alone, nothing of this package.
"""

import hmac
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

KEY_VARIABLES = ("VLLM_API_KEY", "APHRODITE_API_KEY")
OPEN_PATHS = ("/health", "/metrics")
REFUSAL = b'{"error":{"message":"Unauthorized","type":"AuthenticationError","param":null,"code":401}}'


class RequireKey:
    """A plain ASGI middleware: what passes is untouched, so streams flow as they did."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._key = next(filter(None, map(os.environ.get, KEY_VARIABLES)), "").encode()
        if not self._key:
            raise ValueError(f"{KEY_VARIABLES[0]} is empty: the Secret of auth.apiKeySecret must hold a key")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._admits(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _admits(self, scope: Message) -> bool:
        if scope["type"] == "http" and (scope["path"] in OPEN_PATHS or _is_preflight(scope)):
            return True
        scheme, _, key = _header(scope["headers"], b"authorization").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key)


def _is_preflight(scope: Message) -> bool:
    """A browser's question before the request: it never bears a key, and vLLM's CORS layer answers it by itself."""
    wanted = (b"origin", b"access-control-request-method")
    return scope["method"] == "OPTIONS" and all(_header(scope["headers"], name) for name in wanted)


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    headers.append((b"content-length", str(len(REFUSAL)).encode()))
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSAL})
