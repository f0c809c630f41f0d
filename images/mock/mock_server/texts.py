"""Texts as tokens and as vectors, without a model: the same text always gives the same."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

from mock_server.errors import bad_request

BYTES_PER_TOKEN = 3


def tokens_of(text: str) -> list[str]:
    """Pieces of about three bytes that never cut a character: near enough to a tokenizer, and it can be undone."""
    pieces: list[str] = []
    for character in text:
        if pieces and len((pieces[-1] + character).encode()) <= BYTES_PER_TOKEN:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def id_of(token: str) -> int:
    return int.from_bytes(b"\x01" + token.encode())


def token_of(number: int) -> str:
    try:
        return number.to_bytes((number.bit_length() + 7) // 8)[1:].decode()
    except (OverflowError, UnicodeDecodeError) as error:
        raise bad_request(f"{number} is no token of this server", "tokens") from error


def text_of(content: Any) -> str:
    """A message's content: text, parts with text, or nothing."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def texts_of(prompt: Any, name: str) -> list[str]:
    """One prompt or many, each as text or as tokens."""
    if isinstance(prompt, str):
        return [prompt]
    if isinstance(prompt, list) and prompt:
        if all(isinstance(item, int) for item in prompt):
            return ["".join(map(token_of, prompt))]
        return [text for item in prompt for text in texts_of(item, name)]
    raise bad_request(f"`{name}` must be a text, a list of texts, or tokens", name)


def embedding(text: str, size: int, packed: bool) -> list[float] | str:
    """The same text gives the same vector, and other texts give others."""
    stream = hashlib.shake_256(text.encode()).digest(2 * size)
    numbers = [value / 32768 for value in struct.unpack(f"<{size}h", stream)]
    return base64.b64encode(struct.pack(f"<{size}f", *numbers)).decode() if packed else numbers
