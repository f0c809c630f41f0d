"""What a client asks of a served model, and how it was answered: run by Python in a pod of the cluster.

Each question is answered by `ok` where the client got all that it asked for, by the HTTP status where it was refused,
and else by what was wrong. It needs Python and the OpenAI client alone, since it is handed over as one text.
"""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openai

Answer = str | int
OK = "ok"
CHAT = "chat/completions"
INFER = "infer"
"""KServe's protocol instead of OpenAI's."""
CLIENTS = 50
PROMPT = "hello world hello world"
TIMEOUT = 120.0
NO_VECTORS = "no vectors of these texts"


@dataclass(frozen=True)
class Server:
    """Where it is, how it is called, and the kind of request that it is there for."""

    url: str
    model: str
    key: str
    main: str

    @property
    def client(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.key, max_retries=0, timeout=TIMEOUT)

    def body(self, kind: str, text: str = PROMPT, **more: Any) -> dict[str, Any]:
        """A request to that route."""
        kinds: dict[str, dict[str, Any]] = {
            CHAT: {"messages": [{"role": "user", "content": text}], "max_tokens": 8},
            "embeddings": {"input": [text]},
            "rerank": {"query": PROMPT, "documents": [text, "world"]},
            INFER: {"inputs": [numbers([float(len(word)) for word in text.split()])]},
        }
        return {"model": self.model, **kinds[kind], **more}

    def path(self, kind: str, model: str = "") -> str:
        """KServe names the model in it."""
        return f"/v2/models/{model or self.model}/infer" if kind == INFER else f"/v1/{kind}"

    def post(self, path: str, body: Any, key: str | None = None) -> bytes:
        """What is answered to a JSON body, or to bytes as they are; an HTTPError where it is refused."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key if key is None else key}"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            whole: bytes = response.read()
            return whole

    def ask(self, model: str = "", **more: Any) -> bytes:
        """A request of the main kind, perhaps to another model."""
        body = self.body(self.main, **more)
        return self.post(self.path(self.main, model), {**body, "model": model or self.model})


def numbers(data: list[float]) -> dict[str, Any]:
    """A tensor as KServe writes it."""
    return {"name": "number", "datatype": "FP32", "shape": [len(data)], "data": data}


def models(server: Server) -> None:
    listed = [model.id for model in server.client.models.list()]
    assert server.model in listed, listed


def chat(server: Server) -> None:
    choice = server.client.chat.completions.create(**server.body(CHAT)).choices[0]
    assert choice.message.content, choice
    assert choice.finish_reason in ("stop", "length"), choice


def stream(server: Server) -> None:
    lines = server.post(f"/v1/{CHAT}", server.body(CHAT, stream=True)).decode().split("\n")
    events = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert events[-1] == "[DONE]", events[-1]
    chunks = [choice for event in events[:-1] for choice in json.loads(event)["choices"]]
    assert len(chunks) > 2, events
    assert chunks[-1]["finish_reason"] in ("stop", "length"), chunks[-1]


def usage(server: Server) -> None:
    whole = server.client.chat.completions.create(**server.body(CHAT)).usage
    assert whole, "none"
    assert 0 < whole.completion_tokens < whole.total_tokens, whole
    assert whole.prompt_tokens + whole.completion_tokens == whole.total_tokens, whole
    asked = server.body(CHAT, stream=True, stream_options={"include_usage": True})
    (told,) = [chunk.usage for chunk in server.client.chat.completions.create(**asked) if chunk.usage]
    assert told.total_tokens == whole.total_tokens, (told, whole)


def completions(server: Server) -> None:
    answer = server.client.completions.create(model=server.model, prompt=PROMPT, max_tokens=8)
    assert answer.choices[0].text, answer


def list_of_prompts(server: Server) -> None:
    answer = server.client.completions.create(model=server.model, prompt=[PROMPT, "world"], max_tokens=8)
    assert [choice.index for choice in answer.choices] == [0, 1], answer


def embeddings(server: Server) -> None:
    answer = server.client.embeddings.create(model=server.model, input=[PROMPT, "world"], encoding_format="float")
    first, second = (one.embedding for one in answer.data)
    assert len(first) == len(second) > 1, (len(first), len(second))
    assert any(first), NO_VECTORS
    assert None not in first, NO_VECTORS
    assert first != second, NO_VECTORS


def rerank(server: Server) -> None:
    body = {"model": server.model, "query": "hello", "documents": [PROMPT, "world", "hello"]}
    results = json.loads(server.post("/v1/rerank", body))["results"]
    assert sorted(result["index"] for result in results) == [0, 1, 2], results
    assert all(isinstance(result["relevance_score"], float) for result in results), results


def tokenize(server: Server) -> None:
    """llama.cpp calls the text `content`, the others `prompt`."""
    body = {"model": server.model, "prompt": PROMPT, "content": PROMPT}
    assert json.loads(server.post("/tokenize", body))["tokens"]


def infer(server: Server) -> None:
    answer = json.loads(server.post(server.path(INFER), {"inputs": [numbers([1.5, 2.0])]}))
    assert [output["data"] for output in answer["outputs"]] == [[3.0, 4.0]], answer


def wrong_model(server: Server) -> None:
    server.ask(model="nobody")


def too_long(server: Server) -> None:
    server.ask(text="hello world " * 20_000)


def bad_json(server: Server) -> None:
    server.post(server.path(server.main), b'{"model": ')


def wrong_key(server: Server) -> None:
    server.post(server.path(server.main), server.body(server.main), key="another")


def no_key(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/v1/models", timeout=TIMEOUT):
        pass


def many_clients(server: Server) -> None:
    """All at once, and each gets an answer of its own."""

    async def all_of_them() -> list[object]:
        client = openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=TIMEOUT)
        url, body = server.url + server.path(server.main), server.body(server.main)
        asked = [client.post(url, body=body, cast_to=object) for _ in range(CLIENTS)]
        return list(await asyncio.gather(*asked))

    assert len(asyncio.run(all_of_them())) == CLIENTS


QUESTIONS: dict[str, Callable[[Server], None]] = {
    "models": models,
    "chat": chat,
    "stream to [DONE]": stream,
    "usage": usage,
    "completions": completions,
    "list of prompts": list_of_prompts,
    "embeddings": embeddings,
    "rerank": rerank,
    "tokenize": tokenize,
    "KServe's infer": infer,
    f"{CLIENTS} clients at once": many_clients,
    "wrong model": wrong_model,
    "too long": too_long,
    "bad JSON": bad_json,
    "wrong key": wrong_key,
    "no key": no_key,
}


def answered(question: Callable[[Server], None], server: Server) -> Answer:
    try:
        question(server)
    except urllib.error.HTTPError as refused:
        return refused.code
    except openai.APIStatusError as refused:
        return refused.status_code
    except Exception as wrong:
        return f"{type(wrong).__name__}: {wrong}"[:500]
    return OK


if __name__ == "__main__":
    asked = Server(**json.loads(sys.argv[1]))
    print(json.dumps({name: answered(question, asked) for name, question in QUESTIONS.items()}))
