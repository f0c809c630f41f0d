"""A language model small enough for tests, made here from random numbers: real engines load it and answer at once.

One set of weights in two forms: a GGUF file, and a Hugging Face folder with safetensors. Greedy answers repeat, are
made of letters only and never end by themselves, so that `max_tokens` alone says how long an answer is.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from lab import cache

HIDDEN, FEED_FORWARD, BLOCKS, HEADS, KV_HEADS, CONTEXT = 64, 128, 2, 4, 2, 32768
HEAD = 32
"""The smallest width of a head that vLLM computes on a CPU."""
EPSILON, ROPE_THETA = 1e-5, 10000.0

CONTROL = ("<pad>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>")
PAD, BOS, EOS = range(3)
MERGES = ("h e", "l l", "he ll", "hell o", "Ġ w", "o r", "l d", "Ġw or", "Ġwor ld")
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

Weights = Mapping[str, NDArray[np.float32]]


def tiny_gguf() -> Path:
    """The model as one GGUF file."""
    return cache.make(cached("tiny.gguf"), "the tiny GGUF model", _write_gguf)


def tiny_llama() -> Path:
    """The model as a folder in the form of a Hugging Face repository."""
    return cache.make(cached("tiny-llama"), "the tiny Llama model", _write_folder)


def cached(name: str, *makers: Path) -> Path:
    """Where a model of that name lies; `makers` are the files that make it, besides this one."""
    return cache.root() / "models" / cache.digest(Path(__file__), *makers) / name


def _alphabet() -> list[str]:
    """One visible character for each byte, as GPT-2 spells bytes: printable ones stand for themselves."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(256, 512))
    return [chr(byte if byte in printable else next(spare)) for byte in range(256)]


def vocabulary() -> list[str]:
    """The vocabulary, by number."""
    return [*CONTROL, *_alphabet(), *(merge.replace(" ", "") for merge in MERGES)]


def _weights() -> Weights:
    """By Hugging Face's names."""
    random = np.random.default_rng(20260101)
    tokens = vocabulary()

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return random.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)

    ones = np.ones(HIDDEN, np.float32)
    letters = np.array([[token.isascii() and token.isalpha()] for token in tokens])
    weights = {
        "model.embed_tokens.weight": random.normal(0, 1, (len(tokens), HIDDEN)).astype(np.float32),
        "model.norm.weight": ones,
        "lm_head.weight": random.normal(0, 1, (len(tokens), HIDDEN)).astype(np.float32) * letters,
    }
    for block in range(BLOCKS):
        layers = {
            "input_layernorm": ones,
            "self_attn.q_proj": matrix(HEADS * HEAD, HIDDEN),
            "self_attn.k_proj": matrix(KV_HEADS * HEAD, HIDDEN),
            "self_attn.v_proj": matrix(KV_HEADS * HEAD, HIDDEN),
            "self_attn.o_proj": matrix(HIDDEN, HEADS * HEAD),
            "post_attention_layernorm": ones,
            "mlp.gate_proj": matrix(FEED_FORWARD, HIDDEN),
            "mlp.up_proj": matrix(FEED_FORWARD, HIDDEN),
            "mlp.down_proj": matrix(HIDDEN, FEED_FORWARD),
        }
        weights |= {f"model.layers.{block}.{name}.weight": layer for name, layer in layers.items()}
    return {name: weight.astype(np.float32) for name, weight in weights.items()}


def _write_folder(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(safetensors(_weights()))
    documents = {
        "config.json": _config(),
        "generation_config.json": {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD},
        "tokenizer.json": tokenizer(),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": CONTROL[BOS],
            "eos_token": CONTROL[EOS],
            "pad_token": CONTROL[PAD],
            "chat_template": TEMPLATE,
            "model_max_length": CONTEXT,
        },
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=1))


def safetensors(weights: Weights) -> bytes:
    """A length, a JSON table of contents, then the numbers one after the other."""
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, weight in weights.items():
        start, end = end, end + weight.nbytes
        table[name] = {"dtype": "F32", "shape": weight.shape, "data_offsets": [start, end]}
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + b"".join(weight.tobytes() for weight in weights.values())


def _config() -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": len(vocabulary()),
        "hidden_size": HIDDEN,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": BLOCKS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": EPSILON,
        "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_THETA},
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "pad_token_id": PAD,
    }


def tokenizer() -> dict[str, Any]:
    """What tokenizer.json holds."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    bytes_as_characters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": number, "content": token, "special": True, **plain} for number, token in enumerate(CONTROL)
        ],
        "normalizer": None,
        "pre_tokenizer": bytes_as_characters,
        "post_processor": None,
        "decoder": bytes_as_characters,
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(vocabulary())},
            "merges": [merge.split(" ") for merge in MERGES],
        },
    }


GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}


def _write_gguf(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(target, "llama")
    _describe(writer)
    for name, weight in _weights().items():
        turned = {"self_attn.q_proj": HEADS, "self_attn.k_proj": KV_HEADS}
        heads = next((count for part, count in turned.items() if part in name), None)
        writer.add_tensor(_gguf_name(name), weight if heads is None else _interleaved(weight, heads))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter) -> None:
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(BLOCKS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(ROPE_THETA)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    add_vocabulary(writer)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def add_vocabulary(writer: gguf.GGUFWriter) -> None:
    """The tokenizer as GGUF files have it."""
    tokens = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL] * len(CONTROL) + [gguf.TokenType.NORMAL] * (len(tokens) - len(CONTROL))
    writer.add_token_types(kinds)
    writer.add_token_merges(list(MERGES))
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_pad_token_id(PAD)


def _gguf_name(name: str) -> str:
    """model.layers.0.mlp.up_proj.weight is blk.0.ffn_up.weight there."""
    stem = name.removesuffix(".weight")
    if stem in GGUF_NAMES:
        return f"{GGUF_NAMES[stem]}.weight"
    block, _, layer = stem.removeprefix("model.layers.").partition(".")
    return f"blk.{block}.{GGUF_NAMES[layer]}.weight"


def _interleaved(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rotary pairs are a half apart with Hugging Face and neighbours in GGUF."""
    halves = weight.reshape(heads, 2, HEAD // 2, HIDDEN)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight.shape))
