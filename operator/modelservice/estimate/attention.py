"""Which layers of a model look at all tokens, which at a window of them, and which keep a state of fixed size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

Config = Mapping[str, Any]

FULL, WINDOW, STATE, NOTHING = "full", "window", "state", "nothing"

_NAMES = {
    "full_attention": FULL,
    "attention": FULL,
    "sliding_attention": WINDOW,
    "chunked_attention": WINDOW,
    "local_attention": WINDOW,
    "linear_attention": STATE,
    "mamba": STATE,
    "recurrent": STATE,
}
_EVERY = {"gemma2": 2, "gpt_oss": 2, "cohere2": 4, "gemma3_text": 6, "gemma3": 6}
"""Models whose every n-th layer looks at all tokens and the others at a window, where their file does not list them."""
_ALL_WINDOW = {"mistral", "mixtral", "phi3", "starcoder2"}
_HYBRID = {"*": FULL, "M": STATE}
"""Nemotron-H writes a letter for each layer."""


def layer_kinds(config: Config, layers: int) -> Counter[str]:
    """How many layers there are of each kind."""
    for read in _READERS:
        kinds = read(config, layers)
        if kinds:
            return Counter(kinds)
    return Counter({FULL: layers})


def window_of(config: Config) -> int | None:
    return config.get("sliding_window") or config.get("attention_chunk_size") or None


def windowed_layers(architecture: str, layers: int) -> int:
    """Of a GGUF file, which names the window but not the layers: how many of them llama.cpp limits to it."""
    every = _EVERY.get(architecture.replace("-", "_"))
    return layers - layers // every if every else 0


def _listed(config: Config, layers: int) -> list[str]:
    """Newer files list their layers."""
    named = config.get("layer_types") or ()
    return [_NAMES.get(name, FULL) for name in named[:layers]]


def _letters(config: Config, layers: int) -> list[str]:
    return [_HYBRID.get(letter, NOTHING) for letter in (config.get("hybrid_override_pattern") or "")[:layers]]


def _interval(config: Config, layers: int) -> list[str]:
    """Qwen3-Next."""
    every = config.get("full_attention_interval")
    return [FULL if (index + 1) % every == 0 else STATE for index in range(layers)] if every else []


def _period(config: Config, layers: int) -> list[str]:
    """Jamba."""
    period, offset = config.get("attn_layer_period"), config.get("attn_layer_offset", 0)
    return [FULL if index % period == offset else STATE for index in range(layers)] if period else []


def _windows(config: Config, layers: int) -> list[str]:
    kind = config.get("model_type", "")
    if window_of(config) is None or config.get("use_sliding_window") is False:
        return []
    if config.get("use_sliding_window"):
        first = config.get("max_window_layers", layers)
        return [WINDOW if index >= first else FULL for index in range(layers)]
    if kind in _ALL_WINDOW:
        return [WINDOW] * layers
    every = config.get("sliding_window_pattern") or _EVERY.get(kind) or (4 if "attention_chunk_size" in config else 0)
    return [FULL if (index + 1) % every == 0 else WINDOW for index in range(layers)] if every else []


_READERS: tuple[Callable[[Config, int], list[str]], ...] = (_listed, _letters, _interval, _period, _windows)
