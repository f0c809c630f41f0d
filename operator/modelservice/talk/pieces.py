"""The pieces of a streamed answer, whatever engine tells them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from modelservice.talk.errors import Refused, sentence_of

DONE = "[DONE]"
THOUGHTS = ("reasoning_content", "reasoning")
"""Engines differ in how they call what a model thinks before it answers."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event of a chat adds: text, thoughts, and at the end the number of tokens of the whole answer."""

    text: str = ""
    thought: str = ""
    tokens: int | None = None

    @property
    def says(self) -> bool:
        return bool(self.text or self.thought)


def piece(data: str) -> Piece:
    """An event's data; what an engine streams instead of an answer that it cannot finish is raised."""
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise Refused(200, f"an event of its stream is no JSON object: {data[:80]}")
    if event.get("error"):
        raise Refused(200, sentence_of(event))
    choices = event.get("choices") or [{}]
    delta: dict[str, Any] = choices[0].get("delta") or {}
    thought = next((delta[name] for name in THOUGHTS if delta.get(name)), "")
    return Piece(delta.get("content") or "", thought, (event.get("usage") or {}).get("completion_tokens"))
