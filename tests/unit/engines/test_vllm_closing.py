"""The middleware that ends a connection with its answer, spoken to as a server speaks to it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from modelservice.engines.vllm_closing import CloseAfterAnswer, Message, Receive, Send

Headers = Iterable[tuple[bytes, bytes]]
BODY = [
    {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True},
    {"type": "http.response.body", "body": b"data: [DONE]\n\n"},
]
CLOSE = (b"connection", b"close")


async def sent(kind: str, *messages: Message) -> list[Message]:
    """What leaves the middleware when the server behind it sends these."""
    out: list[Message] = []

    async def app(_: Message, __: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        out.append(message)

    await CloseAfterAnswer(app)({"type": kind}, receive, send)
    return out


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], [CLOSE]),
        ([(b"x", b"y")], [(b"x", b"y"), CLOSE]),
        ([(b"Connection", b"keep-alive")], [CLOSE]),
    ],
    ids=["none", "others", "kept"],
)
async def test_answer_ends_its_connection_and_flows_untouched(headers: Headers, wanted: Headers) -> None:
    first, *rest = await sent("http", {"type": "http.response.start", "status": 200, "headers": headers}, *BODY)
    assert first == {"type": "http.response.start", "status": 200, "headers": wanted}
    assert rest == BODY


async def test_what_is_no_answer_passes() -> None:
    message = {"type": "lifespan.startup.complete"}
    assert await sent("lifespan", message) == [message]
