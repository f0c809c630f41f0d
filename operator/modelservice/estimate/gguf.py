"""Reads what a GGUF file says of itself at its beginning, without its weights and without its vocabulary."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from modelservice.estimate.attention import windowed_layers
from modelservice.estimate.shape import Keep, Shape, UnknownShape

Read = Callable[[int, int], bytes]
"""(offset, length) -> those bytes."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_TEXT = 1024**2
TOKENS = "tokenizer.ggml.tokens"
"""The vocabulary, megabytes of it. What describes the model stands before it; of it only the length is needed."""


class _Cursor:
    def __init__(self, read: Read) -> None:
        self._read = read
        self.at = 0

    def take(self, form: str) -> Any:
        size = struct.calcsize("<" + form)
        return struct.unpack("<" + form, self._bytes(size))[0]

    def text(self) -> str:
        length = self.take("Q")
        if length > _LONGEST_TEXT:
            raise UnknownShape("the file is damaged: a text in its description is too long")
        return self._bytes(length).decode(errors="replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            inner, length = self.take("I"), self.take("Q")
            return [self.value(inner) for _ in range(length)]
        if kind not in _SCALARS:
            raise UnknownShape(f"the file is damaged: its description has a value of kind {kind}")
        return self.take(_SCALARS[kind])

    def _bytes(self, length: int) -> bytes:
        got = self._read(self.at, length)
        if len(got) < length:
            raise UnknownShape("the file ends within its description")
        self.at += length
        return got


def describe(read: Read) -> dict[str, Any]:
    """Its metadata up to the vocabulary, of which the length stands under `vocabulary`."""
    if read(0, 4) != b"GGUF":
        raise UnknownShape("the file is no GGUF file: it does not begin with GGUF")
    cursor = _Cursor(read)
    cursor.at = 8
    cursor.take("Q")
    found: dict[str, Any] = {}
    for _ in range(cursor.take("Q")):
        key, kind = cursor.text(), cursor.take("I")
        if key == TOKENS:
            cursor.take("I")
            found["vocabulary"] = cursor.take("Q")
            break
        found[key] = cursor.value(kind)
    return found


def shape_of(metadata: Mapping[str, Any]) -> Shape:
    """llama.cpp keeps its cache in float16."""
    architecture = metadata.get("general.architecture")

    def number(name: str, default: int | None = None) -> int:
        value = metadata.get(f"{architecture}.{name}", default)
        if isinstance(value, list):
            value = max(value)
        if not isinstance(value, int):
            raise UnknownShape(f"the GGUF file has no `{architecture}.{name}`")
        return value

    layers, hidden, heads = number("block_count"), number("embedding_length"), number("attention.head_count")
    experts = number("expert_used_count", 1) or 1
    dense = number("feed_forward_length", 4 * hidden)
    return Shape(
        architecture=str(architecture),
        layers=layers,
        hidden=hidden,
        heads=heads,
        vocabulary=metadata.get("vocabulary", 0),
        context=number("context_length"),
        feed_forward=max(dense, experts * number("expert_feed_forward_length", 0)),
        experts_per_token=experts,
        keeps=_keeps(metadata, str(architecture), number),
    )


def _keeps(metadata: Mapping[str, Any], architecture: str, number: Callable[..., int]) -> tuple[Keep, ...]:
    layers, heads = number("block_count"), number("attention.head_count")
    if number("attention.key_length_mla", 0):
        # Of files that were converted before llama.cpp knew of the latent, it keeps the keys and values of all heads.
        return (Keep(layers, number("attention.key_length")),)
    head = number("embedding_length") // heads
    elements = number("attention.key_length", head) + number("attention.value_length", head)
    kept = metadata.get(f"{architecture}.attention.head_count_kv", heads)
    if isinstance(kept, list):
        return tuple(Keep(kept.count(count), elements, count) for count in sorted(set(kept)) if count)
    window = number("attention.sliding_window", 0) or None
    windowed = windowed_layers(architecture, layers) if window else 0
    whole = Keep(layers - windowed, elements, int(kept))
    return (whole, Keep(windowed, elements, int(kept), window)) if windowed else (whole,)
