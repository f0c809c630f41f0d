"""Asking an engine what it offers: a real server, asked once, and whatever is no answer is taken as none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from eventually import eventually
from mock_process import running
from modelservice.api.status import Capabilities, Status
from modelservice.control.describe import READ_BYTES, Describe, Question, question
from modelservice.engines.engine import Launch
from modelservice.facts.pods import PodFacts
from modelservice.kube.resources import Key
from modelservice.observe.capabilities import Described

KEY = Key("team", "qwen")
LAUNCH = Launch(("run",), (), 9000, describes_itself_at="/openapi.json")
POD = PodFacts("qwen-1", "u-1", revision="r-2", ready=True, ip="10.0.0.7")
OLD, NEW = (Status(capabilities=Capabilities(revision=name, source="Engine")) for name in ("r-1", "r-2"))
ASKED = Question("r-2", "http://10.0.0.7:9000/openapi.json")


@pytest.mark.parametrize(
    ("status", "pod", "launch", "asked"),
    [
        pytest.param(Status(), POD, LAUNCH, ASKED, id="first-ready-pod"),
        pytest.param(OLD, POD, LAUNCH, ASKED, id="new-revision"),
        pytest.param(NEW, POD, LAUNCH, None, id="has-told"),
        pytest.param(OLD, replace(POD, ready=False), LAUNCH, None, id="not-ready"),
        pytest.param(OLD, replace(POD, ip=""), LAUNCH, None, id="no-address"),
        pytest.param(OLD, replace(POD, component="loader"), LAUNCH, None, id="no-engine"),
        pytest.param(OLD, replace(POD, deleting_since=datetime(2026, 1, 1, tzinfo=UTC)), LAUNCH, None, id="going"),
        pytest.param(OLD, POD, replace(LAUNCH, describes_itself_at=None), None, id="engine-without-description"),
        pytest.param(OLD, POD, None, None, id="refused-spec"),
        pytest.param(
            OLD, replace(POD, ip="fd00::7"), LAUNCH, Question("r-2", "http://[fd00::7]:9000/openapi.json"), id="ipv6"
        ),
    ],
)
def test_question_is_asked_of(status: Status, pod: PodFacts, launch: Launch | None, asked: Question | None) -> None:
    assert question(status, [pod], launch) == asked


@contextlib.asynccontextmanager
async def asking(told: list[Key]) -> AsyncIterator[Describe]:
    describe = Describe(answered=told.append)
    task = asyncio.create_task(describe.run())
    yield describe
    task.cancel()
    await asyncio.wait((task,))


async def answer(url: str) -> Described:
    """What is known of it in the end."""
    asked = Question("r-2", url)
    async with asking([]) as describe:
        return await eventually(lambda: describe.look(KEY, asked))


async def test_engine_tells_the_paths_of_its_api() -> None:
    with running() as mock:
        told = await answer(f"{mock.url}/openapi.json")
    assert told.paths
    assert {"/v1/chat/completions", "/v1/embeddings", "/tokenize"} <= set(told.paths)


async def test_engine_is_asked_once_and_its_service_looked_at_again() -> None:
    seen: list[Key] = []
    requests = 0

    async def count(_: web.Request) -> web.Response:
        nonlocal requests
        requests += 1
        return web.json_response({"paths": {"/v1/models": {}}})

    async with served(count) as url, asking(seen) as describe:
        asked = Question("r-2", url)
        assert describe.look(KEY, asked) is None
        assert describe.look(KEY, replace(asked, url="http://127.0.0.1:1/another-pod")) is None
        assert await eventually(lambda: describe.look(KEY, asked)) == Described("r-2", frozenset({"/v1/models"}))
    assert (requests, seen) == (1, [KEY])


async def redirect(_: web.Request) -> web.Response:
    raise web.HTTPFound("/elsewhere")


async def too_long(_: web.Request) -> web.Response:
    return web.json_response({"paths": {}, "text": "x" * READ_BYTES})


async def closed(_: web.Request) -> web.Response:
    raise web.HTTPUnauthorized


async def strange(_: web.Request) -> web.Response:
    return web.json_response([1, 2])


@pytest.mark.parametrize("handler", [redirect, too_long, closed, strange], ids=lambda handler: handler.__name__)
async def test_what_is_no_description_is_no_answer(handler: web.RequestHandler) -> None:  # type: ignore[type-arg]
    async with served(handler) as url:
        assert (await answer(url)).paths is None


async def test_pod_that_cannot_be_reached_is_no_answer() -> None:
    assert (await answer("http://127.0.0.1:1/openapi.json")).paths is None


@contextlib.asynccontextmanager
async def served(handler: object) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/openapi.json", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/openapi.json"
    await runner.cleanup()
