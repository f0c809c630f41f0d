"""Every engine that the schema knows has an answer."""

from __future__ import annotations

import pytest

from engine_asks import ask, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import ENGINES, engine

LATER = sorted(set(EngineType) - set(ENGINES))


@pytest.mark.parametrize("type", list(EngineType))
def test_engine_is_found_by_its_type(type: EngineType) -> None:
    assert engine(type).type == type


@pytest.mark.parametrize("type", LATER)
def test_engine_of_a_later_day_says_what_works_today(type: EngineType) -> None:
    (finding,) = engine(type).check(ask())
    assert told((finding,)) == [("NotImplemented", "engine.type", True)]
    assert finding.message == f"The engine `{type}` does not run yet. Use `vllm`, or `mock` for a try without a model."


def test_engines_that_run_today() -> None:
    assert set(ENGINES) == {
        EngineType(name)
        for name in ("vllm", "sglang", "llamacpp", "mock", "custom", "remote", "infinity", "ollama", "aphrodite", "tgi")
    }


@pytest.mark.parametrize(("type", "gpus"), [("vllm", 1), ("sglang", 1), ("llamacpp", 0), ("mock", 0), ("remote", 0)])
def test_gpus_unless_told(type: str, gpus: int) -> None:
    assert engine(EngineType(type)).default_gpus == gpus
