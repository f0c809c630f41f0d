"""What people copy renders as it was reviewed, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from golden import lines
from golden.golden import CASES, command_lines, outcome
from modelservice.api.crd import resource_schema
from modelservice.api.engine import EngineType
from modelservice.engines.argv import read
from modelservice.engines.options import tables

EXAMPLES = Path(__file__).parents[2] / "examples"
ONE_OR_THE_OTHER = {
    "engine.custom",
    "engine.remote",
    "modelSource",
    "cache.claimName",
}
"""Fields that the example with everything cannot have: they exclude others, or are not built yet."""


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_rendering_is_as_reviewed(case: Path) -> None:
    assert outcome(case) == (case / "expected.yaml").read_text(), "run `make golden` and review the diff"


@pytest.mark.parametrize("type", list(EngineType))
def test_engine_answers_the_same_specs_as_reviewed(type: EngineType) -> None:
    assert lines.answers(type) == lines.file(type).read_text(), "run `make golden` and review the diff"


@pytest.mark.parametrize("type", [type for type in EngineType if tables(type)])
def test_command_line_holds_nothing_that_the_engines_own_table_lacks(type: EngineType) -> None:
    """`make engines-catalogue` shows them to the real parsers. What is passed on all the same is warned of."""
    (table,) = tables(type)
    warned = lines.file(type).read_text()
    for words in command_lines(type):
        first = next((index for index, word in enumerate(words) if word.startswith("--")), len(words))
        reading = read(words[first:], table)
        assert reading.stray == ()
        assert [said for said in reading.said if said.option is None or said.problem not in warned] == []


def test_every_example_is_a_golden_case() -> None:
    covered = {(case / "input.yaml").resolve() for case in CASES}
    assert set(EXAMPLES.glob("*.yaml")) <= covered


def test_everything_example_sets_every_field() -> None:
    said = yaml.safe_load((EXAMPLES / "everything.yaml").read_text())["spec"]
    assert set(missing(resource_schema()["properties"]["spec"], said, "")) == ONE_OR_THE_OTHER


def missing(schema: dict[str, Any], said: Any, path: str) -> list[str]:
    """Fields of the schema that `said` does not set; below core types and lists everything counts as said."""
    found = []
    for name, field in schema.get("properties", {}).items():
        here = f"{path}{name}"
        if name not in said:
            found.append(here)
        elif path.count(".") < 1 and here not in ("affinity", "resources", "securityContext"):
            found += missing(field, said[name], f"{here}.")
    return found
