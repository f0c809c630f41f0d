"""The mock answers the OpenAI client and plain HTTP as vLLM does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from mock_process import Server, running

HELLO: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "be kind"},
    {"role": "user", "content": "hello world"},
]


@pytest.fixture(scope="module")
def mock() -> Iterator[Server]:
    with running("--model", "org/tiny", "--served-model-name", "org/tiny", "tiny", "--max-model-len", "100") as server:
        yield server


def test_chat_echoes_the_last_message_and_counts_tokens(mock: Server) -> None:
    answer = mock.openai().chat.completions.create(model="tiny", messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.model == "tiny"
    assert answer.choices[0].message.content == "hello world"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (7, 4, 11)


def test_chat_takes_content_in_parts(mock: Server) -> None:
    parts = [{"type": "text", "text": "hello "}, {"type": "text", "text": "parts"}]
    answer = mock.http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": parts}]}).json()
    assert answer["choices"][0]["message"]["content"] == "hello parts"


def test_chat_stops_at_max_tokens(mock: Server) -> None:
    answer = mock.openai().chat.completions.create(model="tiny", messages=HELLO, max_tokens=2)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("hello ", "length")


def test_ignore_eos_fills_max_tokens(mock: Server) -> None:
    answer = mock.openai().chat.completions.create(
        model="tiny", messages=HELLO, max_tokens=40, extra_body={"ignore_eos": True}
    )
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 40


def test_chat_streams_pieces_that_make_the_answer(mock: Server) -> None:
    stream = mock.openai().chat.completions.create(model="tiny", messages=HELLO, stream=True)
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "hello world"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert all(chunk.usage is None for chunk in chunks)


def test_stream_ends_with_usage_where_asked_and_with_done(mock: Server) -> None:
    body = {"messages": HELLO, "stream": True, "stream_options": {"include_usage": True}}
    with mock.http.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert '"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}' in lines[-2]


def test_completions_answer_each_of_a_list_of_prompts(mock: Server) -> None:
    answer = mock.openai().completions.create(model="org/tiny", prompt=["one", "two"])
    assert [(choice.index, choice.text) for choice in answer.choices] == [(0, "one"), (1, "two")]


def test_completions_answer_n_times(mock: Server) -> None:
    answer = mock.openai().completions.create(model="tiny", prompt="one", n=3)
    assert [choice.text for choice in answer.choices] == ["one"] * 3


def test_completions_stream(mock: Server) -> None:
    chunks = list(mock.openai().completions.create(model="tiny", prompt="hello world", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == "hello world"


@pytest.mark.parametrize("packed", [False, True], ids=["floats", "base64"])
def test_embeddings_are_the_same_for_the_same_text(mock: Server, packed: bool) -> None:
    answer = mock.openai().embeddings.create(
        model="tiny", input=["a", "b", "a"], encoding_format="base64" if packed else "float"
    )
    first, second, third = (item.embedding for item in answer.data)
    if packed:
        assert first == third != second
    else:
        assert first == third
        assert first != second
        assert len(first) == 384


def test_embeddings_default_form_of_the_client_has_floats(mock: Server) -> None:
    answer = mock.openai().embeddings.create(model="tiny", input="a", dimensions=8)
    assert len(answer.data[0].embedding) == 8
    assert all(-1 <= number <= 1 for number in answer.data[0].embedding)


def test_tokens_come_back_as_the_same_text(mock: Server) -> None:
    text = "grüße, 世界 🙂"
    told = mock.http.post("/tokenize", json={"prompt": text}).json()
    assert told["count"] == len(told["tokens"])
    assert told["max_model_len"] == 100
    assert mock.http.post("/detokenize", json={"tokens": told["tokens"]}).json() == {"prompt": text}


def test_tokens_may_stand_for_a_prompt(mock: Server) -> None:
    tokens = mock.http.post("/tokenize", json={"prompt": "hello"}).json()["tokens"]
    assert mock.openai().completions.create(model="tiny", prompt=tokens).choices[0].text == "hello"


def test_models_lists_every_served_name(mock: Server) -> None:
    assert [model.id for model in mock.openai().models.list()] == ["org/tiny", "tiny"]


@pytest.mark.parametrize("model", [None, "org/tiny", "tiny"], ids=["no-name", "id", "resource-name"])
def test_every_served_name_is_the_model(mock: Server, model: str | None) -> None:
    assert mock.http.post("/v1/completions", json={"model": model, "prompt": "a"}).status_code == 200


def test_unknown_model_is_not_found(mock: Server) -> None:
    with pytest.raises(openai.NotFoundError, match=r"The model `nope` does not exist. Valid aliases: org/tiny, tiny."):
        mock.openai().completions.create(model="nope", prompt="a")


REFUSED = {
    "no-json": (b"{", "The body is no JSON"),
    "no-object": (b"[]", "The body must be a JSON object"),
    "no-messages": (b'{"messages": []}', "`messages` must be a list of at least one message"),
    "too-long": (b'{"messages": [{"role": "user", "content": "a"}], "max_tokens": 100}', "the context is 100 long"),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_requests_are_refused_with_a_reason(mock: Server, body: bytes, message: str) -> None:
    response = mock.http.post("/v1/chat/completions", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "BadRequestError"
    assert message in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/health", "/metrics", "/v1/models", "/models", "/openapi.json", "/version"])
def test_get_and_head_are_answered(mock: Server, path: str) -> None:
    assert mock.http.get(path).status_code == 200
    head = mock.http.head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_openapi_lists_the_routes(mock: Server) -> None:
    paths = mock.http.get("/openapi.json").json()["paths"]
    assert paths["/v1/chat/completions"].keys() == {"post"}
    assert {"/v1/completions", "/v1/embeddings", "/tokenize", "/detokenize", "/health"} <= paths.keys()


@pytest.mark.parametrize("path", ["/chat/completions", "/completions", "/embeddings", "/models"])
def test_openai_routes_answer_without_v1(mock: Server, path: str) -> None:
    body = {"messages": HELLO, "prompt": "a", "input": "a"}
    response = mock.http.get(path) if path == "/models" else mock.http.post(path, json=body)
    assert response.status_code == 200


def test_fifty_clients_at_once_are_all_answered(mock: Server) -> None:
    async def ask() -> list[str]:
        async with httpx.AsyncClient(base_url=mock.url, timeout=20) as client:
            tasks = [client.post("/v1/completions", json={"prompt": str(number)}) for number in range(50)]
            return [answer.json()["choices"][0]["text"] for answer in await asyncio.gather(*tasks)]

    assert asyncio.run(ask()) == [str(number) for number in range(50)]


def test_metrics_bear_the_names_of_vllm(mock: Server) -> None:
    before = mock.metric("vllm:generation_tokens_total")
    mock.openai().completions.create(model="tiny", prompt="hello world")
    assert mock.metric("vllm:generation_tokens_total") == before + 4
    assert mock.metric("vllm:num_requests_running") == 0
    text = mock.http.get("/metrics").text
    for name in ("num_requests_waiting", "kv_cache_usage_perc", "time_to_first_token_seconds_bucket"):
        assert f'vllm:{name}{{engine="0",' in text
    assert 'model_name="org/tiny"' in text
