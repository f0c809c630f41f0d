"""The models for embedding and for reranking once more, as GGUF files: what llama.cpp reads."""

from pathlib import Path

import gguf

from lab import cache, encoders
from lab.models import EOS, add_vocabulary, cached

MAKERS = (Path(__file__), Path(encoders.__file__))
NAMES = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
    "pooler.dense": "cls",
    "classifier": "cls.output",
}


def tiny_gguf_bert() -> Path:
    """The model whose texts become vectors: that of their first token."""
    return cache.make(
        cached("tiny-bert.gguf", *MAKERS), "the tiny GGUF BERT", lambda target: _write(target, gguf.PoolingType.CLS)
    )


def tiny_gguf_reranker() -> Path:
    """The model that gives a pair of texts one score."""
    return cache.make(
        cached("tiny-reranker.gguf", *MAKERS),
        "the tiny GGUF reranker",
        lambda target: _write(target, gguf.PoolingType.RANK),
    )


def _write(target: Path, pooling: gguf.PoolingType) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(target, "bert")
    _describe(writer, pooling)
    reranks = pooling is gguf.PoolingType.RANK
    for name, weight in encoders.weights(reranks).items():
        # Only a head that gives scores needs what stands between it and the last layer.
        if reranks or "pooler" not in name:
            writer.add_tensor(_name(name), weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter, pooling: gguf.PoolingType) -> None:
    writer.add_name("tiny encoder")
    writer.add_context_length(encoders.CONTEXT)
    writer.add_embedding_length(encoders.HIDDEN)
    writer.add_feed_forward_length(encoders.FEED_FORWARD)
    writer.add_block_count(encoders.BLOCKS)
    writer.add_head_count(encoders.HEADS)
    writer.add_layer_norm_eps(encoders.EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(pooling)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    add_vocabulary(writer)
    writer.add_token_type_count(2)
    writer.add_sep_token_id(EOS)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


def _name(name: str) -> str:
    """bert.encoder.layer.0.attention.self.query.bias is blk.0.attn_q.bias there."""
    stem, _, kind = name.removeprefix("bert.").rpartition(".")
    if not stem.startswith("encoder.layer."):
        return f"{NAMES[stem]}.{kind}"
    block, _, layer = stem.removeprefix("encoder.layer.").partition(".")
    return f"blk.{block}.{NAMES[layer]}.{kind}"
