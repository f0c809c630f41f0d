"""The guard in front of vLLM's routes, spoken to as a server speaks to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from modelservice.engines import vllm_guard
from modelservice.engines.vllm_guard import Message, Receive, RequireKey, Send

KEY = "s3cret"


class Server:
    """Answers everything with 200 in two parts, and remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def __call__(self, scope: Message, _: Receive, send: Send) -> None:
        self.reached.append(scope.get("path", scope["type"]))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("VLLM_API_KEY", KEY)
    return Server()


async def call(server: Server, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=RequireKey(server))  # type: ignore[arg-type]  # plain ASGI, as vLLM gives it
    async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
        return await client.request(method, path, headers=headers)


CLOSED = [
    ("POST", "/v1/chat/completions"),
    ("POST", "/invocations"),
    ("POST", "/tokenize"),
    ("GET", "/version"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/ping"),
    ("GET", "/"),
    ("GET", "/health/"),
    ("GET", "/Health"),
    ("GET", "//health"),
    ("GET", "/metrics/x"),
    ("OPTIONS", "/v1/models"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_route_is_closed_without_the_key(server: Server, method: str, path: str) -> None:
    answer = await call(server, method, path)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "Unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert server.reached == []


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_route_is_open_with_the_key(server: Server, method: str, path: str) -> None:
    answer = await call(server, method, path, {"Authorization": f"Bearer {KEY}"})
    assert (answer.status_code, answer.text) == (200, "data: 1\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize("path", ["/health", "/metrics", "/health?x=1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health_and_metrics_are_open(server: Server, method: str, path: str) -> None:
    assert (await call(server, method, path)).status_code == 200


WRONG = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Bearer {KEY}x",
    f"Bearer {KEY[:-1]}",
    KEY,
    f"Basic {KEY}",
    "Bearer ü",
]


@pytest.mark.parametrize("header", WRONG)
async def test_wrong_key_is_refused(server: Server, header: str) -> None:
    headers: Any = [(b"authorization", header.encode())]
    assert (await call(server, "GET", "/v1/models", headers)).status_code == 401
    assert server.reached == []


async def test_scheme_may_be_in_any_case(server: Server) -> None:
    assert (await call(server, "GET", "/v1/models", {"Authorization": f"bearer {KEY}"})).status_code == 200


async def test_a_browsers_preflight_reaches_the_cors_layer(server: Server) -> None:
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    assert (await call(server, "OPTIONS", "/v1/chat/completions", headers)).status_code == 200


async def test_stream_passes_untouched_part_by_part(server: Server) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await RequireKey(server)(_scope([(b"authorization", b"Bearer s3cret")]), _never, send)
    assert [message.get("body") for message in sent] == [None, b"data: 1\n\n", b"data: [DONE]\n\n"]


async def test_websocket_is_closed_without_the_key(server: Server) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await RequireKey(server)({**_scope([]), "type": "websocket"}, _never, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    await RequireKey(server)({**_scope([(b"authorization", b"Bearer s3cret")]), "type": "websocket"}, _never, send)
    assert server.reached == ["/v1/models"]


async def test_key_of_a_descendant_is_found_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APHRODITE_API_KEY", KEY)
    server = Server()
    assert (await call(server, "GET", "/v1/models")).status_code == 401
    assert (await call(server, "GET", "/v1/models", {"Authorization": f"Bearer {KEY}"})).status_code == 200


async def test_start_and_end_of_the_server_pass(server: Server) -> None:
    await RequireKey(server)({"type": "lifespan"}, _never, _never_send)
    assert server.reached == ["lifespan"]


def test_empty_key_stops_the_server_at_its_start(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "")
    with pytest.raises(ValueError, match=r"the Secret of auth\.apiKeySecret must hold a key"):
        RequireKey(server)


def test_guard_needs_nothing_but_python() -> None:
    source = vllm_guard.__file__
    with open(source) as file:
        imports = [line for line in file if line.startswith(("import ", "from "))]
    assert {line.split()[1].partition(".")[0] for line in imports} <= {"hmac", "os", "collections", "typing"}


def _scope(headers: Iterable[tuple[bytes, bytes]]) -> Message:
    return {"type": "http", "method": "GET", "path": "/v1/models", "headers": list(headers)}


async def _never() -> Message:
    raise AssertionError("nothing is received")


async def _never_send(message: Message) -> None:
    raise AssertionError(f"nothing is sent: {message}")
