"""Requests to one model server, with its key. No limit of time but the caller's: a long prompt on a CPU takes long."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from modelservice.talk.errors import Unanswered, refused
from modelservice.talk.pieces import DONE, Piece, piece
from modelservice.talk.sse import Decoder

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
CHAT, MODELS = "/chat/completions", "/models"


class Answer:
    """An answer as it comes in."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, as soon as each part of it is there."""
        while chunk := await self._read(self._response.content.readany):
            yield chunk

    async def body(self) -> bytes:
        return await self._read(self._response.read)

    async def _read(self, read: Any) -> bytes:
        try:
            data: bytes = await read()
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"the answer broke off: {error or type(error).__name__}") from error
        return data


class Client:
    """`url` is the server's root, `prefix` the path of its OpenAI API. `async with` opens it."""

    def __init__(self, url: str, prefix: str = "/v1", key: str = "") -> None:
        self.url = url
        self.prefix = prefix
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        proxied = urlsplit(self.url).hostname not in THIS_MACHINE
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=TIMEOUT, headers=self._headers, trust_env=proxied
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    @asynccontextmanager
    async def ask(self, method: str, path: str, body: bytes | None = None) -> AsyncIterator[Answer]:
        """One request, whatever the server says to it."""
        assert self._http is not None, "the client is not open"
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = self._http.request(method, URL(f"{self.url}{path}", encoded=True), data=body, headers=headers)
        try:
            response = await request
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"no answer: {error or type(error).__name__}") from error
        async with response:
            yield Answer(response)

    async def get(self, path: str) -> Any:
        """The JSON at a path of the OpenAI API."""
        async with self.ask("GET", self.prefix + path) as answer:
            body = await answer.body()
        if answer.status >= 400:
            raise refused(answer.status, body)
        return json.loads(body)

    async def models(self) -> list[str]:
        """The names that a request may give as `model`, the model's own first."""
        return [str(one["id"]) for one in (await self.get(MODELS)).get("data") or ()]

    async def chat(self, body: Mapping[str, Any]) -> AsyncGenerator[Piece, None]:
        """The answer to a chat, piece by piece."""
        asked = {**body, "stream": True, "stream_options": {"include_usage": True}}
        decoder = Decoder()
        async with self.ask("POST", self.prefix + CHAT, json.dumps(asked).encode()) as answer:
            if answer.status >= 400:
                raise refused(answer.status, await answer.body())
            async for chunk in answer.chunks():
                for data in decoder.feed(chunk):
                    if data == DONE:
                        return
                    yield piece(data)
        raise Unanswered("the answer broke off before its end")
