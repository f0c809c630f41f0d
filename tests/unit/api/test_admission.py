"""The offline check says yes and no to the same specs as the API server does (tests/api/test_crd_rules.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from crd_cases import BAD, EDGES, GOOD, MODEL, Spec, service, with_cache
from modelservice.api.admission import refusals
from modelservice.api.rules_offline import installed

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").rglob("*.yaml"))


def said(spec: Spec, name: str = "qwen") -> str:
    return "; ".join(map(str, refusals(service(spec, name))))


def test_rules_are_asked() -> None:
    assert installed()


@pytest.mark.parametrize("spec", [pytest.param(spec, id=name) for name, spec in (GOOD | EDGES).items()])
def test_good_spec_is_taken(spec: Spec) -> None:
    assert said(spec) == ""


@pytest.mark.parametrize(("spec", "sentence"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_bad_spec_is_refused_with_field_and_fix(spec: Spec, sentence: str) -> None:
    assert sentence in said(spec)


@pytest.mark.parametrize("name", ["a", "a" * 53, "qwen-2-5"])
def test_name_that_a_service_can_bear_is_taken(name: str) -> None:
    assert said(MODEL, name) == ""


@pytest.mark.parametrize("name", ["a" * 54, "1qwen", "qwen.2"], ids=["too-long", "leading-digit", "dot"])
def test_name_that_no_service_can_bear_is_refused(name: str) -> None:
    assert "rename the ModelService" in said(MODEL, name)


def test_every_problem_is_told_at_once() -> None:
    text = said({**MODEL, "replica": 2, "engine": {"type": "vlm"}})
    assert "spec.replica is no field, did you mean replicas?" in text
    assert "did you mean vllm?" in text


def test_typo_names_the_nearest_field() -> None:
    assert "did you mean gpuMemoryPercent?" in said({**MODEL, "serving": {"gpuMemoryPrcent": 90}})


@pytest.mark.parametrize("size", ["1Gi", "0.5Ti", "1e9", "500M"])
def test_quantity_is_read_as_kubernetes_reads_it(size: str) -> None:
    assert said(with_cache(size=size)) == ""


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_are_taken(file: Path) -> None:
    for body in yaml.safe_load_all(file.read_text()):
        if body["kind"] == "ModelService":
            assert refusals(body) == []
