"""What a server can offer to clients, and the paths by which an engine's own description of its API shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class Route(StrEnum):
    """A capability, as `status.capabilities.routes` names it."""

    CHAT = "Chat"
    COMPLETIONS = "Completions"
    RESPONSES = "Responses"
    MESSAGES = "Messages"
    EMBEDDINGS = "Embeddings"
    RERANK = "Rerank"
    SCORE = "Score"
    CLASSIFY = "Classify"
    TOKENIZE = "Tokenize"
    DETOKENIZE = "Detokenize"
    MODELS = "Models"
    TRANSCRIPTIONS = "Transcriptions"
    LORA_LOADING = "LoraLoading"


PATHS: Mapping[Route, tuple[str, ...]] = {
    Route.CHAT: ("/v1/chat/completions",),
    Route.COMPLETIONS: ("/v1/completions",),
    Route.RESPONSES: ("/v1/responses",),
    Route.MESSAGES: ("/v1/messages",),
    Route.EMBEDDINGS: ("/v1/embeddings",),
    Route.RERANK: ("/v1/rerank", "/rerank"),
    Route.SCORE: ("/v1/score", "/score"),
    Route.CLASSIFY: ("/classify", "/v1/classify"),
    Route.TOKENIZE: ("/tokenize",),
    Route.DETOKENIZE: ("/detokenize",),
    Route.MODELS: ("/v1/models",),
    Route.TRANSCRIPTIONS: ("/v1/audio/transcriptions",),
    Route.LORA_LOADING: ("/v1/load_lora_adapter",),
}
"""Where each is called; the first path is the usual one."""


def offered(paths: Collection[str]) -> tuple[Route, ...]:
    """The capabilities behind these paths."""
    return tuple(route for route, ways in PATHS.items() if any(way in paths for way in ways))


def in_order(routes: Iterable[Route]) -> tuple[Route, ...]:
    """As the table has them, so that the same routes are always told in the same way."""
    told = set(routes)
    return tuple(route for route in Route if route in told)
