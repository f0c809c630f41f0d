"""Models for embedding and for reranking: small and random as those of `lab.models`, whose tokenizer they have."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab import cache
from lab.models import BOS, CONTROL, EOS, PAD, Weights, cached, safetensors, tokenizer, vocabulary

HERE = Path(__file__)
HIDDEN, FEED_FORWARD, BLOCKS, HEADS, CONTEXT = 64, 128, 2, 2, 512
"""The width of a head is the smallest that vLLM computes on a CPU."""
EPSILON = 1e-12
Shapes = Iterator[tuple[str, tuple[int, ...]]]


def tiny_bert() -> Path:
    """A BERT whose texts become vectors, as a Hugging Face folder."""
    return cache.make(cached("tiny-bert", HERE), "the tiny BERT model", lambda folder: _write(folder, reranks=False))


def tiny_reranker() -> Path:
    """The same with a head that gives a pair of texts one score."""
    return cache.make(cached("tiny-reranker", HERE), "the tiny reranker", lambda folder: _write(folder, reranks=True))


def _write(folder: Path, reranks: bool) -> None:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(safetensors(weights(reranks)))
    documents = {
        "config.json": _config(reranks),
        "tokenizer.json": tokenizer(),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": CONTROL[BOS],
            "eos_token": CONTROL[EOS],
            "sep_token": CONTROL[EOS],
            "pad_token": CONTROL[PAD],
            "model_max_length": CONTEXT,
        },
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=1))


def _config(reranks: bool) -> dict[str, Any]:
    return {
        "architectures": ["BertForSequenceClassification" if reranks else "BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "vocab_size": len(vocabulary()),
        "hidden_size": HIDDEN,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": BLOCKS,
        "num_attention_heads": HEADS,
        "max_position_embeddings": CONTEXT,
        "type_vocab_size": 2,
        "layer_norm_eps": EPSILON,
        "pad_token_id": PAD,
        **({"id2label": {"0": "relevant"}, "label2id": {"relevant": 0}} if reranks else {}),
    }


def weights(reranks: bool) -> Weights:
    """By Hugging Face's names."""
    random = np.random.default_rng(20260102)

    def drawn(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if "LayerNorm" in name:
            return np.full(shape, name.endswith("weight"), np.float32)
        return random.normal(0, shape[-1] ** -0.5, shape).astype(np.float32)

    return {name: drawn(name, shape) for name, shape in _shapes(reranks)}


def _shapes(reranks: bool) -> Shapes:
    prefix = "bert." if reranks else ""
    for name, rows in {"word": len(vocabulary()), "position": CONTEXT, "token_type": 2}.items():
        yield f"{prefix}embeddings.{name}_embeddings.weight", (rows, HIDDEN)
    yield from _vector(f"{prefix}embeddings.LayerNorm", HIDDEN)
    for block in range(BLOCKS):
        layer = f"{prefix}encoder.layer.{block}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            yield from _linear(f"{layer}.attention.{name}", HIDDEN, HIDDEN)
        yield from _linear(f"{layer}.intermediate.dense", FEED_FORWARD, HIDDEN)
        yield from _linear(f"{layer}.output.dense", HIDDEN, FEED_FORWARD)
        for name in ("attention.output", "output"):
            yield from _vector(f"{layer}.{name}.LayerNorm", HIDDEN)
    yield from _linear(f"{prefix}pooler.dense", HIDDEN, HIDDEN)
    if reranks:
        yield from _linear("classifier", 1, HIDDEN)


def _linear(name: str, rows: int, columns: int) -> Shapes:
    yield f"{name}.weight", (rows, columns)
    yield f"{name}.bias", (rows,)


def _vector(name: str, size: int) -> Shapes:
    yield f"{name}.weight", (size,)
    yield f"{name}.bias", (size,)
