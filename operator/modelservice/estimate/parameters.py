"""Counts the parameters of a model from its config.json, for when its weights are not there to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Config = Mapping[str, Any]

_FOUR_NORMS = ("gemma2", "gemma3", "gemma3_text", "glm4")
_BIASED_QKV = ("qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl")
_NO_GATE = ("gpt2", "gpt_neox", "opt", "phi", "falcon", "starcoder2", "gpt_bigcode", "bert", "xlm-roberta")


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many there are: quantisers shrink the linear layers and the experts, and leave the plain ones alone."""

    linear: int
    experts: int
    plain: int

    @property
    def all(self) -> int:
        return self.linear + self.experts + self.plain


def count(text: Config, vision: Config | None = None) -> Parameters:
    """`text` is what `config.text_of` makes of a config.json."""
    layers, hidden = text["num_hidden_layers"], text["hidden_size"]
    sparse = _sparse_layers(text, layers)
    dense = (layers - sparse) * _mlp(text, text.get("intermediate_size") or 4 * hidden)
    shared = sparse * _shared(text)
    experts = sparse * _experts(text)
    embeddings = text["vocab_size"] * hidden * (1 if text.get("tie_word_embeddings") else 2)
    plain = embeddings + layers * _small(text) + hidden + sparse * _router(text) + _vision(vision or {}, hidden)
    return Parameters(linear=layers * _attention(text) + dense + shared, experts=experts, plain=plain)


def _attention(text: Config) -> int:
    hidden, heads = text["hidden_size"], text["num_attention_heads"]
    rank = text.get("kv_lora_rank")
    if not rank:
        head = text["head_dim"]
        return int(hidden * head * (2 * heads + 2 * text["num_key_value_heads"]))
    rope, nope, value = (text[name] for name in ("qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim"))
    query = text.get("q_lora_rank")
    asked = query * (hidden + heads * (nope + rope)) if query else hidden * heads * (nope + rope)
    return int(asked + hidden * (rank + rope) + rank * heads * (nope + value) + heads * value * hidden)


def _mlp(text: Config, width: int) -> int:
    return int(text["hidden_size"] * width * (2 if text.get("model_type") in _NO_GATE else 3))


def _sparse_layers(text: Config, layers: int) -> int:
    """How many layers have experts."""
    if not text.get("num_experts"):
        return 0
    if text.get("interleave_moe_layer_step"):
        return int(layers // text["interleave_moe_layer_step"])
    step = text.get("decoder_sparse_step") or 1
    return int((layers - (text.get("first_k_dense_replace") or 0)) // step) - len(text.get("mlp_only_layers") or ())


def _experts(text: Config) -> int:
    width = text.get("moe_intermediate_size") or text.get("intermediate_size") or 0
    return int((text.get("num_experts") or 0) * _mlp(text, width))


def _shared(text: Config) -> int:
    """The expert that every token visits."""
    width = text.get("shared_expert_intermediate_size")
    if not width and text.get("n_shared_experts"):
        width = text["n_shared_experts"] * text["moe_intermediate_size"]
    return _mlp(text, width) if width else 0


def _router(text: Config) -> int:
    return int(text["hidden_size"] * (text.get("num_experts") or 0))


def _small(text: Config) -> int:
    """Norms and biases of one layer."""
    hidden, head = text["hidden_size"], text["head_dim"]
    norms = hidden * (4 if text.get("model_type") in _FOUR_NORMS else 2)
    biased = text.get("attention_bias") or text.get("model_type") in _BIASED_QKV
    biases = head * (text["num_attention_heads"] + 2 * text["num_key_value_heads"]) if biased else 0
    if text.get("model_type") == "gpt_oss":
        biases += (text["num_experts"] or 0) * (2 * text["intermediate_size"] + hidden)
    return int(norms + biases)


def _vision(vision: Config, hidden: int) -> int:
    """The tower that sees, near enough: it is small beside the text model."""
    width, depth = vision.get("hidden_size") or vision.get("embed_dim") or 0, vision.get("num_hidden_layers", 0)
    inside = vision.get("intermediate_size") or 4 * width
    return int(depth * (4 * width * width + 2 * width * inside) + width * hidden)
