"""The estimate against what models' own repositories state: the tables in published.yaml and published_gguf.yaml, one
row a model.

Run with `-s` to see the error of each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelservice.estimate import gguf
from modelservice.estimate.config import shape_of, text_of
from modelservice.estimate.memory import cache_per_token
from modelservice.estimate.parameters import count
from modelservice.estimate.quantization import scheme

FOLDER = Path(__file__).parent
PUBLISHED: dict[str, Any] = yaml.safe_load((FOLDER / "published.yaml").read_text())
GGUF: dict[str, Any] = yaml.safe_load((FOLDER / "published_gguf.yaml").read_text())
EXACT, ROUNDED, VOCABULARY = 0.0005, 0.01, 0.002
"""Part of the weights; what is published to three digits is compared as such. A GGUF file has its vocabulary in it."""
MIB = 1024**2
KINDS = {"awq", "gptq", "fp8", "compressed-tensors", "mxfp4"}

each = pytest.mark.parametrize("name", PUBLISHED)
each_gguf = pytest.mark.parametrize("name", GGUF)


@each
def test_counted_weights_are_those_of_the_files(name: str) -> None:
    said = PUBLISHED[name]
    config, stated = said["config"], said["bytes"]
    counted = scheme(config).bytes_of(count(text_of(config), config.get("vision_config")))
    error = counted / stated - 1
    print(f"\n{name:26} {stated / 1e9:8.2f} GB stated {counted / 1e9:8.2f} GB counted {error:+.2%}")
    assert abs(error) < (ROUNDED if stated % 1_000_000 == 0 else EXACT)


@each
def test_cache_of_a_token_is_what_its_heads_and_layers_keep(name: str) -> None:
    said = PUBLISHED[name]
    assert cache_per_token(shape_of(said["config"]), gpus=1) == said["cache"]


@pytest.mark.parametrize("name", [name for name, said in PUBLISHED.items() if "context" in said])
def test_context_is_what_the_model_takes_with_its_rope_scaling(name: str) -> None:
    assert shape_of(PUBLISHED[name]["config"]).context == PUBLISHED[name]["context"]


@pytest.mark.parametrize("name", [name for name, said in GGUF.items() if "bytes" in said])
def test_size_of_a_gguf_file_is_what_llama_cpp_loads_of_it(name: str) -> None:
    stated, loaded = GGUF[name]["bytes"], GGUF[name]["loaded"] * MIB
    error = stated / loaded - 1
    print(f"\n{name:40} {loaded / 1e9:8.3f} GB loaded {stated / 1e9:8.3f} GB estimated {error:+.2%}")
    assert abs(error) < VOCABULARY


@each_gguf
def test_cache_of_a_token_is_what_llama_cpp_logs(name: str) -> None:
    said = GGUF[name]
    own = {f"{said['architecture']}.{key}": value for key, value in said["said"].items()}
    shape = gguf.shape_of({"general.architecture": said["architecture"], **own})
    assert cache_per_token(shape, gpus=1) == said["cache"]


def test_tables_have_each_kind_of_model_that_is_promised() -> None:
    configs = [text_of(said["config"]) for said in PUBLISHED.values()]
    assert {str((config.get("quantization_config") or {}).get("quant_method", "")) for config in configs} >= KINDS
    heads = [(config["num_attention_heads"], config.get("num_key_value_heads")) for config in configs]
    assert any(kept == asking for asking, kept in heads), "dense, a head kept for each that asks"
    assert any(kept is not None and kept < asking for asking, kept in heads), "grouped-query attention"
    assert any("kv_lora_rank" in config for config in configs), "MLA"
    assert any("num_experts" in config or "num_local_experts" in config for config in configs), "MoE"
    assert GGUF
