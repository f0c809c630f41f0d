"""The estimate against what models' own repositories state: the table in published.yaml, one row a model.

Run with `-s` to see the error of each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelservice.estimate.config import shape_of, text_of
from modelservice.estimate.memory import cache_per_token
from modelservice.estimate.parameters import count
from modelservice.estimate.quantization import scheme

PUBLISHED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "published.yaml").read_text())
EXACT, ROUNDED = 0.0005, 0.01
"""Part of the weights; what is published to three digits is compared as such."""

each = pytest.mark.parametrize("name", PUBLISHED)


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
