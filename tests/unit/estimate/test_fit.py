"""What a number of GPUs holds: the answers that an operator of GPUs relies on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelservice.estimate.config import shape_of
from modelservice.estimate.fit import Fit, Model, Wanted, counts, fit, remaining, smallest
from modelservice.estimate.gpus import GPUS, find
from modelservice.estimate.memory import GIB, LLAMACPP, VLLM, cache_per_request, cache_per_token
from modelservice.estimate.shape import Keep, Shape, UnknownShape

PUBLISHED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "published.yaml").read_text())


def model(name: str) -> Model:
    return Model(shape_of(PUBLISHED[name]["config"]), PUBLISHED[name]["bytes"])


def fewest(name: str, gpu: str, context: int = 8192, requests: int = 1) -> int | None:
    kind = find(gpu)
    assert kind
    found = smallest(model(name), VLLM, kind.memory, Wanted(context, requests))
    return found.gpus if found else None


@pytest.mark.parametrize(
    ("name", "gpu", "gpus"),
    [
        ("Llama-3.1-8B", "L4", 1),
        ("Llama-3.1-8B", "T4", 2),
        ("Llama-3.1-70B", "H100", 2),
        ("Llama-3.1-70B-FP8", "H100", 2),
        ("Llama-3.1-70B-FP8", "H200", 1),
        ("Llama-3.1-405B", "H100", 16),
        ("Qwen2.5-7B", "L4", 1),
        ("Qwen2.5-72B-Instruct-AWQ", "A100", 1),
        ("Mixtral-8x7B", "A100", 2),
        ("DeepSeek-V3", "H200", 8),
        ("DeepSeek-V3", "H100", 16),
        ("gpt-oss-20b", "L4", 1),
        ("gpt-oss-120b", "H100", 1),
        ("Llama-3.1-405B", "L4", None),
    ],
)
def test_fewest_gpus_are_those_that_people_run_it_on(name: str, gpu: str, gpus: int | None) -> None:
    assert fewest(name, gpu) == gpus


def test_gpus_divide_the_heads() -> None:
    assert counts(model("Qwen2.5-7B").shape) == (1, 2, 4)
    assert counts(model("Qwen2.5-0.5B").shape) == (1, 2)
    assert counts(model("Llama-3.1-70B").shape) == (1, 2, 4, 8, 16)


def test_cache_is_shared_by_gpus_as_far_as_there_are_heads() -> None:
    eight_heads = model("Llama-3.1-8B").shape
    assert [cache_per_token(eight_heads, gpus) for gpus in (1, 2, 8, 16)] == [131072, 65536, 16384, 16384]


def test_latent_of_mla_lies_on_each_gpu_whole() -> None:
    latent = model("DeepSeek-V3").shape
    assert cache_per_token(latent, 8) == cache_per_token(latent, 1) == 70272


def test_window_limits_what_a_long_request_takes() -> None:
    windowed, step = model("gemma-3-27b").shape, 2048
    long, longer = (cache_per_request(windowed, context, 1, step) for context in (32_768, 65_536))
    full_layers = 10 * 2 * 16 * 128 * 2
    assert longer - long == 32_768 * full_layers
    assert cache_per_request(windowed, 1024, 1, step) == 1024 * cache_per_token(windowed, 1)


def test_layers_without_attention_keep_one_state_however_long_the_request_is() -> None:
    hybrid = shape_of(
        {
            **{"model_type": "qwen3_next", "hidden_size": 2048, "num_hidden_layers": 48, "num_attention_heads": 16},
            **{"num_key_value_heads": 2, "head_dim": 256, "vocab_size": 151936, "max_position_embeddings": 262144},
            **{"full_attention_interval": 4, "linear_num_value_heads": 32, "linear_key_head_dim": 128},
            **{"linear_value_head_dim": 128, "num_experts": 512, "num_experts_per_tok": 10},
            **{"moe_intermediate_size": 512, "intermediate_size": 5120},
        }
    )
    assert [keep.layers for keep in hybrid.keeps] == [12]
    assert hybrid.state_bytes == 36 * 32 * 128 * 128 * 4
    assert cache_per_request(hybrid, 1600, 1, 2048) == 1600 * 12 * 2 * 2 * 256 * 2 + hybrid.state_bytes


def test_parts_of_a_fit_add_up_to_the_share_of_the_gpu() -> None:
    found: Fit = fit(model("Llama-3.1-8B"), VLLM, 80 * GIB, 1, Wanted(8192, percent=90))
    assert found.budget == 72 * GIB
    assert found.weights + found.activations + found.overhead + found.cache == found.budget
    assert found.requests == found.cache // found.per_request


def test_engine_without_a_share_may_use_the_whole_gpu() -> None:
    assert fit(model("Llama-3.1-8B"), LLAMACPP, 24 * GIB, 1, Wanted(8192, percent=90)).budget == 24 * GIB


def test_more_requests_or_context_ask_for_more_gpus() -> None:
    assert fewest("Llama-3.1-8B", "L4", context=8192, requests=1) == 1
    assert fewest("Llama-3.1-8B", "L4", context=8192, requests=16) == 2
    assert fewest("Llama-3.1-8B", "L4", context=131072, requests=1) == 2


def test_what_remains_shrinks_with_the_context_and_ends_at_the_models_own() -> None:
    rows = remaining(model("Qwen2.5-7B"), VLLM, 24 * GIB, 1, 90)
    assert [context for context, _ in rows][-1] == 32_768
    assert [requests for _, requests in rows] == sorted((requests for _, requests in rows), reverse=True)


@pytest.mark.parametrize("said", ["H100", "h100", "NVIDIA-H100-80GB-HBM3", "nvidia h100 80gb hbm3"])
def test_gpu_is_found_by_its_name_or_its_nodes_label(said: str) -> None:
    found = find(said)
    assert found
    assert found.name == "H100"


def test_gpu_labels_mean_one_kind_each() -> None:
    labels = [product for gpu in GPUS for product in gpu.products]
    assert len(labels) == len(set(labels))
    assert find("H1000") is None


def test_config_without_a_number_names_it() -> None:
    with pytest.raises(UnknownShape, match="no `num_hidden_layers`"):
        shape_of({"model_type": "llama", "hidden_size": 64})


def test_encoder_keeps_nothing() -> None:
    bert = {"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12}
    shape = shape_of({**bert, "vocab_size": 30522, "max_position_embeddings": 512, "intermediate_size": 1536})
    assert shape.keeps == ()
    assert fit(Model(shape, 90_000_000), VLLM, 16 * GIB, 1, Wanted(512)).fits


def test_shape_without_window_layers_keeps_everything() -> None:
    shape = Shape("x", 2, 64, 4, 1024, 4096, 128, 1, (Keep(2, 64, 2),))
    assert cache_per_request(shape, 4096, 1, 2048) == 4096 * cache_per_token(shape, 1)
