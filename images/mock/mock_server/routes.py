"""The routes of the OpenAI API and of vLLM, one method each."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from prometheus_client import generate_latest

from mock_server import VERSION
from mock_server.errors import bad_request
from mock_server.state import Answer, Mock
from mock_server.texts import embedding, id_of, text_of, texts_of, token_of, tokens_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How chat and completions differ: names, shape of a choice, and how long an answer is unless told."""

    prefix: str
    whole: str
    chunk: str
    limit: int | None

    @property
    def is_chat(self) -> bool:
        return self.prefix == "chatcmpl"

    def choice(self, index: int, text: str, reason: str) -> Json:
        said: Json = {"message": {"role": "assistant", "content": text}} if self.is_chat else {"text": text}
        return {"index": index, **said, "logprobs": None, "finish_reason": reason}

    def opening(self, index: int) -> Iterator[Json]:
        if self.is_chat:
            yield {"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}

    def delta(self, index: int, text: str, reason: str | None) -> Json:
        said: Json = {"delta": {"content": text}} if self.is_chat else {"text": text}
        return {"index": index, **said, "logprobs": None, "finish_reason": reason}


def usage_of(prompts: Sequence[str], answers: Sequence[Answer]) -> Json:
    asked = sum(len(tokens_of(prompt)) for prompt in prompts)
    told = sum(len(answer.tokens) for answer in answers)
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}


async def body_of(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError as error:
        raise bad_request(f"The body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


class Routes:
    """One method per route."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock

    async def health(self, _: web.Request) -> web.Response:
        return web.Response(status=200 if self.mock.healthy else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.mock.meters.registry), content_type="text/plain")

    async def version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": VERSION})

    async def models(self, _: web.Request) -> web.Response:
        about = {"object": "model", "created": self.mock.started, "owned_by": "mock", "parent": None}
        about |= {"root": self.mock.knobs.model, "max_model_len": self.mock.knobs.max_model_len}
        return web.json_response({"object": "list", "data": [{"id": name} | about for name in self.mock.names]})

    async def openapi(self, request: web.Request) -> web.Response:
        paths: dict[str, Json] = {}
        for route in request.app.router.routes():
            if route.resource:
                paths.setdefault(route.resource.canonical, {})[route.method.lower()] = {
                    "responses": {"200": {"description": "OK"}}
                }
        info = {"title": "mock", "version": VERSION}
        return web.json_response({"openapi": "3.1.0", "info": info, "paths": paths})

    async def tokenize(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        messages = body.get("messages")
        text = "".join(text_of(one.get("content")) for one in messages) if messages else text_of(body.get("prompt"))
        self.mock.check_model(body)
        numbers = [id_of(token) for token in tokens_of(text)]
        about = {"count": len(numbers), "max_model_len": self.mock.knobs.max_model_len}
        return web.json_response(about | {"tokens": numbers, "token_strs": None})

    async def detokenize(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self.mock.check_model(body)
        return web.json_response({"prompt": "".join(map(token_of, body.get("tokens") or []))})

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        model = self.mock.check_model(body)
        texts = texts_of(body.get("input"), "input")
        size = body.get("dimensions") or self.mock.knobs.embedding_size
        async with self.mock.turn() as begin:
            await self.mock.first_token(begin)
            vectors = [embedding(text, size, body.get("encoding_format") == "base64") for text in texts]
        data = [{"object": "embedding", "index": index, "embedding": one} for index, one in enumerate(vectors)]
        count = usage_of(texts, [])
        return web.json_response({"object": "list", "data": data, "model": model, "usage": count})

    async def completions(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        prompts = texts_of(body.get("prompt"), "prompt")
        form = Form("cmpl", "text_completion", "text_completion", 16)
        return await self._generate(request, body, prompts, prompts, form)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
            raise bad_request("`messages` must be a list of at least one message", "messages")
        said = [text_of(one.get("content")) for one in messages]
        form = Form("chatcmpl", "chat.completion", "chat.completion.chunk", None)
        return await self._generate(request, body, said, said[-1:], form)

    async def _generate(
        self, request: web.Request, body: Json, prompts: Sequence[str], echoed: Sequence[str], form: Form
    ) -> web.StreamResponse:
        model = self.mock.check_model(body)
        echoed = [text for text in echoed for _ in range(body.get("n") or 1)]
        answers = [self.mock.answer(text, body, form.limit) for text in echoed]
        head = {"id": f"{form.prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        count = usage_of(prompts, answers)
        async with self.mock.turn() as begin:
            self.mock.meters.prompt.inc(count["prompt_tokens"])
            await self.mock.first_token(begin)
            if body.get("stream"):
                wants_usage = (body.get("stream_options") or {}).get("include_usage")
                return await self._stream(request, head, answers, form, count if wants_usage else None)
            for answer in answers:
                async for _ in self.mock.paced(answer):
                    pass
        choices = [form.choice(index, answer.text, answer.reason) for index, answer in enumerate(answers)]
        return web.json_response(head | {"object": form.whole, "choices": choices, "usage": count})

    async def _stream(
        self, request: web.Request, head: Json, answers: Sequence[Answer], form: Form, count: Json | None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # the client has left
            async for event in self._events(head | {"object": form.chunk}, answers, form):
                await response.write(f"data: {json.dumps(event)}\n\n".encode())
            if count:
                last = head | {"object": form.chunk, "choices": [], "usage": count}
                await response.write(f"data: {json.dumps(last)}\n\n".encode())
            await response.write(b"data: [DONE]\n\n")
            await response.write_eof()
        return response

    async def _events(self, head: Json, answers: Sequence[Answer], form: Form) -> AsyncIterator[Json]:
        for index, answer in enumerate(answers):
            for opening in form.opening(index):
                yield head | {"choices": [opening]}
            async for token in self.mock.paced(answer):
                yield head | {"choices": [form.delta(index, token, None)]}
            yield head | {"choices": [form.delta(index, "", answer.reason)]}
