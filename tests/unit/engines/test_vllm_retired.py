"""Options that vLLM once had: each is refused, and what it says instead is real."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from engine_asks import ask, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import engine
from modelservice.engines.options import tables

VLLM = engine(EngineType.VLLM)
RETIRED = json.loads((files("modelservice.engines") / "data" / "vllm-retired.json").read_text())
(TABLE,) = tables("vllm")


@pytest.mark.parametrize("name", RETIRED)
@pytest.mark.parametrize("form", ["{}", "{}=1", "{}_"], ids=["bare", "with a value", "with underscores"])
def test_retired_option_is_refused_with_its_successor(name: str, form: str) -> None:
    word = form.format(name) if not form.endswith("_") else "--" + name[2:].replace("-", "_")
    (finding,) = VLLM.check(ask(f"engine: {{args: ['{word}']}}"))
    assert told((finding,)) == [("UnknownOption", "engine.args[0]", True)]
    assert finding.message == f"`{name}` is gone in vLLM 0.32.0: {RETIRED[name]}."


@pytest.mark.parametrize("name", RETIRED)
def test_retired_option_in_the_map_is_refused_too(name: str) -> None:
    (finding,) = VLLM.check(ask(f"engine: {{options: {{{name[2:]}: '1'}}}}"))
    assert told((finding,)) == [("UnknownOption", f"engine.options.{name[2:]}", True)]


@pytest.mark.parametrize("name", RETIRED)
def test_retired_option_is_not_in_the_table(name: str) -> None:
    assert name not in TABLE.by_name


SUCCESSORS = sorted({word for advice in RETIRED.values() for word in re.findall(r"--[a-z-]+", advice)})


@pytest.mark.parametrize("successor", SUCCESSORS)
def test_successor_is_real(successor: str) -> None:
    assert successor in TABLE.by_name
