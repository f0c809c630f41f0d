"""Ends each connection with its answer (`--middleware vllm_closing.CloseAfterAnswer`), so that no client stays behind.

A Service spreads connections, not requests: a kept one stays with its pod when that is withdrawn, and what it carries
after SIGTERM vLLM answers with 500. Connecting anew costs a client a fraction of a millisecond in the cluster, and
lets it find replicas that came later. This file is mounted into the engine's container and imported there by vLLM.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class CloseAfterAnswer:
    """A plain ASGI middleware: the answer itself is untouched, so streams flow as they did."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"connection"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)
