"""`python -m mock_server`: the routes behind their key, and a process that ends as vLLM does."""

from __future__ import annotations

import asyncio
import hmac
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web

from mock_server.errors import RefusedError
from mock_server.knobs import parser
from mock_server.routes import Routes
from mock_server.state import Mock

OPEN_PATHS = ("/health", "/metrics")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(mock: Mock) -> web.Application:
    """All routes; those of OpenAI with `/v1` and without."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = key.strip().encode() if scheme.lower() == "bearer" else b""
        wanted = mock.knobs.api_key.encode()
        if wanted and request.path not in OPEN_PATHS and not hmac.compare_digest(given, wanted):
            return web.json_response({"error": "Unauthorized"}, status=401)
        try:
            return await handler(request)
        except RefusedError as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    async def close_after(_: web.Request, answer: web.StreamResponse) -> None:
        """A kept connection would stay with this pod when its Service has withdrawn it."""
        answer.force_close()
        answer.headers["Connection"] = "close"

    app = web.Application(middlewares=[guard], client_max_size=64 << 20)
    app.on_response_prepare.append(close_after)
    routes = Routes(mock)
    app.router.add_get("/health", routes.health)
    app.router.add_get("/metrics", routes.metrics)
    app.router.add_get("/version", routes.version)
    app.router.add_get("/openapi.json", routes.openapi)
    app.router.add_post("/tokenize", routes.tokenize)
    app.router.add_post("/detokenize", routes.detokenize)
    for prefix in ("/v1", ""):
        app.router.add_get(f"{prefix}/models", routes.models)
        app.router.add_post(f"{prefix}/embeddings", routes.embeddings)
        app.router.add_post(f"{prefix}/completions", routes.completions)
        app.router.add_post(f"{prefix}/chat/completions", routes.chat)
    return app


def main(argv: Sequence[str] | None = None) -> None:
    knobs = parser().parse_args(argv)
    # As process 1 of a container it would not hear SIGTERM before the server listens for it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    async def start() -> web.Application:
        mock = Mock(knobs)
        await asyncio.sleep(knobs.start_delay)
        if knobs.crash_after == 0:
            mock.crash()
        return application(mock)

    web.run_app(
        start(),
        host=knobs.host,
        port=knobs.port,
        shutdown_timeout=knobs.shutdown_timeout,
        access_log=None,
        print=partial(print, flush=True),
    )


if __name__ == "__main__":
    main()
