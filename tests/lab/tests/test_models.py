"""What tests rely on in the models that they make themselves: real readers accept both forms, and they agree."""

import json

import gguf
import numpy as np

from lab import encoders, gguf_encoders, models


def test_gguf_model_is_read_with_its_tensors_and_vocabulary() -> None:
    reader = gguf.GGUFReader(models.tiny_gguf())
    assert reader.fields["general.architecture"].contents() == "llama"
    assert len(reader.fields["tokenizer.ggml.tokens"].contents()) == 271
    shapes = {tensor.name: tuple(map(int, tensor.shape)) for tensor in reader.tensors}
    assert shapes["token_embd.weight"] == (64, 271)
    assert shapes["blk.1.attn_k.weight"] == (64, 64)
    assert len(shapes) == 3 + 9 * models.BLOCKS


def test_folder_model_holds_what_its_configuration_promises() -> None:
    folder = models.tiny_llama()
    config = json.loads((folder / "config.json").read_text())
    content = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    table = json.loads(content[8 : 8 + length])
    embeddings = table["model.embed_tokens.weight"]
    assert embeddings["shape"] == [config["vocab_size"], config["hidden_size"]]
    assert 8 + length + max(table[name]["data_offsets"][1] for name in table if name != "__metadata__") == len(content)
    assert len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]) == config["vocab_size"]


def test_both_forms_hold_the_same_weights() -> None:
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(models.tiny_gguf()).tensors}
    content = (models.tiny_llama() / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    start, end = json.loads(content[8 : 8 + length])["lm_head.weight"]["data_offsets"]
    head = np.frombuffer(content[8 + length + start : 8 + length + end], np.float32)
    assert np.array_equal(head, tensors["output.weight"].reshape(-1))


def test_reranker_holds_the_same_weights_in_both_forms() -> None:
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(gguf_encoders.tiny_gguf_reranker()).tensors}
    weights = encoders.weights(reranks=True)
    assert len(tensors) == len(weights)
    assert np.array_equal(tensors["blk.1.ffn_up.bias"], weights["bert.encoder.layer.1.intermediate.dense.bias"])
    assert np.array_equal(tensors["cls.output.weight"], weights["classifier.weight"])


def test_embedder_says_how_its_vectors_are_pooled_and_has_no_head() -> None:
    reader = gguf.GGUFReader(gguf_encoders.tiny_gguf_bert())
    assert reader.fields["bert.pooling_type"].contents() == gguf.PoolingType.CLS
    assert not [tensor.name for tensor in reader.tensors if tensor.name.startswith("cls")]


def test_models_can_be_read_by_a_container_that_is_not_root() -> None:
    files = [models.tiny_gguf(), *models.tiny_llama().iterdir()]
    assert all(file.stat().st_mode & 0o004 for file in files)
