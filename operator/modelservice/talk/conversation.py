"""What was said in a chat, as each next request repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Conversation:
    """`request` are the other fields of each request: the model, limits."""

    def __init__(self, request: Mapping[str, Any], system: str = "") -> None:
        self._request = dict(request)
        self._messages: list[dict[str, str]] = [{"role": "system", "content": system}] if system else []

    def asking(self, question: str) -> dict[str, Any]:
        """The body of a request for an answer to this. It is part of the conversation once it is answered."""
        return {**self._request, "messages": [*self._messages, {"role": "user", "content": question}]}

    def answered(self, question: str, answer: str) -> None:
        """Also with the half of an answer that was stopped: people refer to what they have read."""
        self._messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
