"""Reads the shape of a model from its config.json, as Hugging Face's libraries and vLLM understand that file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelservice.estimate.attention import FULL, STATE, WINDOW, layer_kinds, window_of
from modelservice.estimate.parameters import count
from modelservice.estimate.shape import Keep, Shape, UnknownShape

Config = Mapping[str, Any]

_INNER = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where a model that also sees or hears keeps what is said of its text."""
_ALIASES = {
    "hidden_size": ("n_embd", "d_model", "dim"),
    "num_hidden_layers": ("n_layer", "num_layers", "n_layers"),
    "num_attention_heads": ("n_head", "n_heads"),
    "num_key_value_heads": ("num_kv_heads", "n_kv_heads", "multi_query_group_num"),
    "intermediate_size": ("n_inner", "ffn_dim", "d_ff", "ffn_hidden_size"),
    "max_position_embeddings": ("n_positions", "max_sequence_length", "seq_length", "max_seq_len", "n_ctx"),
    "num_experts": ("num_local_experts", "n_routed_experts", "moe_num_experts"),
    "num_experts_per_tok": ("num_experts_per_token", "moe_topk", "moe_k"),
    "moe_intermediate_size": ("expert_intermediate_size",),
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "gemma3_text": {
        "vocab_size": 262_208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "max_position_embeddings": 131_072,
        "tie_word_embeddings": True,
    },
    "gemma2": {"tie_word_embeddings": True},
    "gemma": {"tie_word_embeddings": True},
}
"""What such files leave out, since it is the library's default."""
_ENCODERS = {"bert", "roberta", "xlm-roberta", "modernbert", "nomic_bert", "distilbert"}
"""They read a text once and keep nothing."""
_LONG_ROPE = ("yarn", "linear", "dynamic")
_BYTES = {"float32": 4, "float": 4}


def shape_of(config: Config) -> Shape:
    """UnknownShape names what is missing."""
    text = text_of(config)
    layers, hidden = _number(text, "num_hidden_layers"), _number(text, "hidden_size")
    heads = _number(text, "num_attention_heads")
    return Shape(
        architecture=next(iter(config.get("architectures") or ()), text.get("model_type", "unknown")),
        layers=layers,
        hidden=hidden,
        heads=heads,
        vocabulary=_number(text, "vocab_size"),
        context=_context(text),
        feed_forward=_feed_forward(text),
        experts_per_token=text.get("num_experts_per_tok") or 1 if text.get("num_experts") else 1,
        keeps=tuple(_keeps(text, layers, heads, hidden)),
        cache_bytes=_BYTES.get(str(text.get("torch_dtype") or text.get("dtype")), 2),
        state_bytes=layer_kinds(text, layers)[STATE] * _state(text),
        parameters=count(text, config.get("vision_config")).all,
    )


def text_of(config: Config) -> dict[str, Any]:
    """What is said of the text model, under one set of names."""
    inner: Config = next((config[name] for name in _INNER if isinstance(config.get(name), Mapping)), {})
    inner = next((inner[name] for name in _INNER if isinstance(inner.get(name), Mapping)), inner)
    text = {**config, **inner}
    for name, others in _ALIASES.items():
        said = next((text[other] for other in (name, *others) if text.get(other) is not None), None)
        if said is not None:
            text[name] = said
    text = {**_DEFAULTS.get(text.get("model_type", ""), {}), **text}
    heads = text.get("num_attention_heads")
    if heads:
        text.setdefault("num_key_value_heads", 1 if text.get("multi_query") else heads)
        if not text.get("head_dim"):
            text["head_dim"] = _number(text, "hidden_size") // heads
    return text


def _number(text: Config, name: str) -> int:
    value = text.get(name)
    if not isinstance(value, int):
        raise UnknownShape(f"config.json has no `{name}`")
    return value


def _keeps(text: Config, layers: int, heads: int, hidden: int) -> Iterable[Keep]:
    if text.get("model_type") in _ENCODERS:
        return
    kinds = layer_kinds(text, layers)
    if text.get("kv_lora_rank"):
        yield Keep(kinds[FULL], text["kv_lora_rank"] + text.get("qk_rope_head_dim", 0))
        return
    head = text.get("head_dim") or hidden // heads
    kept = text.get("num_key_value_heads") or heads
    if kinds[FULL]:
        yield Keep(kinds[FULL], 2 * head, kept)
    if kinds[WINDOW]:
        yield Keep(kinds[WINDOW], 2 * head, kept, window_of(text))


def _state(text: Config) -> int:
    """Bytes that one layer of linear attention keeps of a request: a matrix for each head, in float32."""
    heads, key, value = (
        text.get(f"linear_{name}", 0) for name in ("num_value_heads", "key_head_dim", "value_head_dim")
    )
    if heads:
        return int(heads * key * value * 4)
    inner = (text.get("mamba_expand") or text.get("expand") or 2) * text["hidden_size"]
    return int(inner * (text.get("mamba_d_state") or text.get("ssm_state_size") or 16) * 4)


def _feed_forward(text: Config) -> int:
    dense = text.get("intermediate_size") or 4 * text["hidden_size"]
    if not text.get("num_experts"):
        return int(dense)
    expert = text.get("moe_intermediate_size") or dense
    return int(max(dense, expert * (text.get("num_experts_per_tok") or 1)))


def _context(text: Config) -> int:
    """vLLM stretches the context by the factor of a rope scaling that names where it began."""
    context = _number(text, "max_position_embeddings")
    rope = text.get("rope_scaling") or text.get("rope_parameters") or {}
    began, factor = rope.get("original_max_position_embeddings"), rope.get("factor")
    if (rope.get("rope_type") or rope.get("type")) in _LONG_ROPE and began and factor:
        return max(context, int(began * factor))
    return context
