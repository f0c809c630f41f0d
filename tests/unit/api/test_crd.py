"""The CRD is made from the models, small enough to install plainly, and reads like documentation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelservice.api import schema as committed
from modelservice.api.base import Free, Schema
from modelservice.api.crd import crd, structural
from modelservice.api.resource import parse

COMMITTED = Path(__file__).parents[3] / "crds" / "modelservice.yaml"
CLIENT_SIDE_APPLY_LIMIT = 256 * 1024
CORE_FIELDS = ("affinity", "env", "envFrom", "imagePullSecrets", "tolerations", "topologySpreadConstraints")


def schema() -> Schema:
    version: Schema = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return version


def fields(at: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    for name, value in at.get("properties", {}).items():
        yield f"{path}.{name}".lstrip("."), value
        yield from fields(value, f"{path}.{name}")
    if isinstance(at.get("items"), dict):
        yield from fields(at["items"], f"{path}[]")


def test_crd_file_is_what_the_models_say() -> None:
    assert yaml.safe_load(COMMITTED.read_text()) == crd(), "run `make crd`"


def test_schema_that_commands_read_is_what_the_models_say() -> None:
    assert committed.resource_schema() == schema(), "run `make crd`"


def test_crd_is_small_enough_for_plain_apply() -> None:
    assert len(COMMITTED.read_bytes()) < 100_000
    assert len(json.dumps(crd())) < CLIENT_SIDE_APPLY_LIMIT


def test_every_field_of_ours_is_described() -> None:
    bare = [
        path
        for path, value in fields(schema())
        if "description" not in value
        and path not in ("metadata",)
        and not any(part.strip("[]") in (*CORE_FIELDS, "securityContext") for part in path.split("."))
    ]
    assert bare == []


def test_no_field_is_a_float() -> None:
    assert [path for path, value in fields(schema()) if value.get("type") == "number"] == []


def test_every_text_is_bounded_where_rules_look() -> None:
    spec = schema()["properties"]["spec"]
    for path, value in fields(spec):
        for name, inner in [(path, value), *value.get("properties", {}).items()]:
            if inner.get("x-kubernetes-validations") and inner.get("type") in ("array", "string"):
                assert "maxItems" in inner or "maxLength" in inner, name


def test_status_has_no_defaults() -> None:
    assert [path for path, value in fields(schema()["properties"]["status"]) if "default" in value] == []


def test_late_default_is_told_but_not_applied_by_the_server() -> None:
    timeout = schema()["properties"]["spec"]["properties"]["startupTimeoutSeconds"]
    assert "default" not in timeout
    assert timeout["description"].endswith("Default: `3600`.")
    assert parse({"metadata": {"name": "a"}, "spec": {"model": "a/b"}}).spec.startup_timeout_seconds == 3600


def test_default_of_an_absent_part_is_whole() -> None:
    properties = schema()["properties"]["spec"]["properties"]
    assert properties["engine"]["default"] == {"type": "vllm"}
    assert properties["service"]["default"] == {"type": "ClusterIP", "port": 8000, "sessionAffinity": "None"}
    assert "default" not in properties["cache"], "no cache is not an empty cache"


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param({"anyOf": [{"type": "string"}, {"type": "integer"}]}, id="choice-of-types"),
        pytest.param({"type": "array", "uniqueItems": True}, id="unknown-keyword"),
    ],
)
def test_generator_refuses_what_no_structural_schema_has(strange: Schema) -> None:
    with pytest.raises(ValueError, match="no structural schema has"):
        structural(strange, {})


def test_free_field_keeps_anything() -> None:
    assert structural({"type": "object", **Free().keys()}, {}) == {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"spec": {"model": "a/b", "fromTheFuture": {"x": 1}}}, id="newer-field"),
        pytest.param({"spec": {"model": "a/b", "engine": {}, "status": {"phase": "New"}}}, id="missing-defaults"),
        pytest.param({"spec": {}, "status": {"phase": "Odd", "conditions": []}}, id="older-status"),
    ],
)
def test_object_of_another_version_is_parsed(body: dict[str, Any]) -> None:
    assert parse({"metadata": {"name": "a"}, **body}).spec.engine.type == "vllm"
