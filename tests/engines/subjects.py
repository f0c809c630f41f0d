"""Each engine that runs on the lab, by the tasks it is started for, and what its clients are answered.

What an engine does not offer is told here by the status that refuses it, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engines.asks import CHAT, INFER, NO_VECTORS, OK, QUESTIONS, Answer
from lab import encoders, gguf_encoders
from lab.repositories import MODEL as REPOSITORY_MODEL
from modelservice.engines.routes import Route
from node.engines import ENGINES, Engine

NAMESPACE = "engines"
KEY = "s3cret"
KEY_REF = {"name": "keys", "key": "key"}
KILLED = "killed in mid-stream"
FEATURES = (*QUESTIONS, KILLED)
"""The last is asked of engines that stream."""
REFUSALS: Mapping[str, Answer] = {
    **{"wrong model": 404, "too long": 400, "bad JSON": 400, "wrong key": 401, "no key": 401},
    "KServe's infer": 404,
}
"""As most engines refuse what is wrong."""
ROUTES = {
    Route.CHAT: "chat",
    Route.COMPLETIONS: "completions",
    Route.EMBEDDINGS: "embeddings",
    Route.RERANK: "rerank",
    Route.TOKENIZE: "tokenize",
    Route.MODELS: "models",
}
"""What `status.capabilities` calls the features that it speaks of."""
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """One ModelService: an engine, what more its spec says, and what is answered where that is not the rule."""

    type: str
    main: str = CHAT
    """The route that it is started for."""
    more: Spec = field(default_factory=dict)
    otherwise: Mapping[str, Answer] = field(default_factory=dict)
    at_times: Mapping[str, Answer] = field(default_factory=dict)
    """Another answer where it gives now this one and now that."""
    tells_routes: bool = True
    """Whether `status.capabilities` can say what it offers."""
    besides: tuple[str, ...] = ()
    """Features that it answers, though they are no part of its task and nobody is told of them."""
    folder: Callable[[], Path] | None = None
    """Another model than the engine's usual one."""
    before: str = ""
    """The subject that must serve before it."""
    asked_as: str = ""
    """What clients send as the model; its name unless told."""
    asks_for_key: bool = True
    """Whether `auth` may be said of it."""
    slow: bool = False

    @property
    def engine(self) -> Engine:
        usual = ENGINES[self.type]
        return replace(usual, folder=self.folder) if self.folder else usual

    @property
    def expected(self) -> dict[str, tuple[Answer, ...]]:
        """Of each feature, the answers that are right."""
        asked = FEATURES if self.main == CHAT else QUESTIONS
        usual = {feature: self.otherwise.get(feature, REFUSALS.get(feature, OK)) for feature in asked}
        return {
            feature: (answer, self.at_times[feature]) if feature in self.at_times else (answer,)
            for feature, answer in usual.items()
        }

    def spec(self) -> Spec:
        """Closed by a key where it can be; what more is said is laid over what the engine needs to be small."""
        closed = {"auth": {"apiKeySecret": KEY_REF}} if self.asks_for_key else {}
        return {**over(self.engine.serving(), self.more), **closed}


def over(below: Spec, above: Spec) -> Spec:
    inner = {name: over(below[name], said) for name, said in above.items() if isinstance(below.get(name), dict)}
    return {**below, **above, **inner}


def not_offered(status: int, *features: str) -> dict[str, Answer]:
    return dict.fromkeys(features, status)


GENERATES = ("chat", "stream to [DONE]", "usage", "completions", "list of prompts")
BESIDES = ("chat", "completions")
"""What llama.cpp answers with an embedding model too, and what nobody is promised of it."""
SUBJECTS: dict[str, Subject] = {
    "mock": Subject(
        "mock",
        more={"serving": {"contextLength": 4096, "maxConcurrentRequests": 8}},
        otherwise=not_offered(404, "rerank"),
    ),
    "llamacpp": Subject("llamacpp", otherwise={**not_offered(501, "embeddings", "rerank"), "wrong model": OK}),
    "llamacpp-embed": Subject(
        "llamacpp",
        main="embeddings",
        more={"serving": {"task": "Embed"}, "engine": {"options": {"pooling": "mean"}}},
        otherwise={**not_offered(501, "rerank"), "wrong model": OK, "too long": 500},
        besides=BESIDES,
    ),
    "llamacpp-rerank": Subject(
        "llamacpp",
        main="rerank",
        more={"model": "/model/tiny-reranker.gguf", "serving": {"task": "Rerank", "contextLength": 512}},
        folder=lambda: gguf_encoders.tiny_gguf_reranker().parent,
        otherwise={**not_offered(500, *GENERATES, "too long"), "wrong model": OK},
        # It answers with whatever lies in its memory behind the score.
        at_times={"embeddings": f"AssertionError: {NO_VECTORS}"},
        besides=("embeddings",),
    ),
    "llamacpp-encoder": Subject(
        "llamacpp",
        main="embeddings",
        more={"model": "/model/tiny-bert.gguf", "serving": {"task": "Embed", "contextLength": 512}},
        folder=lambda: gguf_encoders.tiny_gguf_bert().parent,
        otherwise={**not_offered(500, *GENERATES, "too long"), **not_offered(501, "rerank"), "wrong model": OK},
        slow=True,
    ),
    "remote": Subject(
        "remote",
        more={
            "engine": {"remote": {"url": f"http://mock.{NAMESPACE}.svc.cluster.local:8000/v1", "apiKeySecret": KEY_REF}}
        },
        otherwise=not_offered(404, "rerank", "tokenize"),
        tells_routes=False,
        before="mock",
        asked_as="mock",
    ),
    "custom": Subject(
        "custom",
        more={"engine": {"env": [{"name": "MOCK_API_KEY", "valueFrom": {"secretKeyRef": KEY_REF}}]}},
        otherwise=not_offered(404, "rerank"),
        tells_routes=False,
        asks_for_key=False,
    ),
    "triton": Subject(
        "triton",
        main=INFER,
        otherwise={
            **not_offered(404, *GENERATES, *("models", "embeddings", "rerank", "tokenize", "no key")),
            **dict.fromkeys(("KServe's infer", "too long", "wrong key"), OK),
            "bad JSON": 500,
        },
        tells_routes=False,
        asked_as=REPOSITORY_MODEL,
        asks_for_key=False,
        slow=True,
    ),
    "ollama": Subject(
        "ollama",
        otherwise={
            **not_offered(404, "rerank", "tokenize"),
            **not_offered(400, "list of prompts"),
            **dict.fromkeys(("too long", "wrong key", "no key"), OK),
        },
        asked_as="ollama:latest",
        asks_for_key=False,
        slow=True,
    ),
    "infinity": Subject(
        "infinity",
        main="embeddings",
        more={"serving": {"task": "Embed"}},
        otherwise={
            **not_offered(404, *GENERATES, "tokenize"),
            **not_offered(400, "rerank"),
            **{"wrong model": OK, "too long": 422, "bad JSON": 422},
        },
        slow=True,
    ),
    "infinity-rerank": Subject(
        "infinity",
        main="rerank",
        more={"serving": {"task": "Rerank"}, "servedNames": ["infinity-rerank"]},
        folder=encoders.tiny_reranker,
        otherwise={
            **not_offered(404, *GENERATES, "tokenize"),
            **not_offered(400, "embeddings"),
            **{"wrong model": OK, "too long": 422, "bad JSON": 422},
        },
        slow=True,
    ),
    "vllm": Subject("vllm", otherwise=not_offered(404, "embeddings", "rerank"), slow=True),
    "vllm-embed": Subject(
        "vllm",
        main="embeddings",
        more={"serving": {"task": "Embed"}},
        otherwise=not_offered(404, *GENERATES),
        slow=True,
    ),
    "vllm-rerank": Subject(
        "vllm",
        main="rerank",
        more={"serving": {"task": "Rerank", "contextLength": 512}},
        folder=encoders.tiny_reranker,
        otherwise=not_offered(404, *GENERATES, "embeddings"),
        slow=True,
    ),
}
