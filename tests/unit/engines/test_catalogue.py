"""Every engine that the schema knows has an answer."""

from __future__ import annotations

import pytest

from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import engine


@pytest.mark.parametrize("type", list(EngineType))
def test_engine_is_found_by_its_type(type: EngineType) -> None:
    assert engine(type).type == type


@pytest.mark.parametrize(("type", "gpus"), [("vllm", 1), ("sglang", 1), ("llamacpp", 0), ("mock", 0), ("remote", 0)])
def test_gpus_unless_told(type: str, gpus: int) -> None:
    assert engine(EngineType(type)).default_gpus == gpus
