"""Laws of rendering, over everything that the schema admits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelservice.facts.parse_workload import revision
from modelservice.render.metadata import Manifest
from property.budget import LIMIT, tries
from property.laws import broken
from property.specs import affinities, arguments, specs
from rendering.passes import Pass, next_pass, one_pass, rendered, service

pytestmark = pytest.mark.timeout(LIMIT)

names = st.from_regex(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?", fullmatch=True)


def text(children: list[Manifest]) -> str:
    return json.dumps(children)


def by_id(found: Pass) -> dict[tuple[str, str], str]:
    return {(child["kind"], child["metadata"]["name"]): json.dumps(child) for child in found.children}


def unannotated(found: Pass) -> Pass:
    """Without the annotations of the children themselves, which no pod sees."""
    bare = [{**child, "metadata": {**child["metadata"], "annotations": {}}} for child in found.children]
    return replace(found, children=bare)


@tries(150)
@given(names, specs())
def test_every_spec_is_refused_with_a_reason_or_renders_lawful_children(name: str, spec: dict[str, Any]) -> None:
    found = rendered(spec, name)
    if found.prepared.candidate is None:
        assert found.prepared.refused
        assert all(finding.field and finding.message for finding in found.prepared.findings)
    else:
        assert broken(found) == []


@tries(100)
@given(specs(wild=True))
def test_no_spec_breaks_the_pass(spec: dict[str, Any]) -> None:
    """Core types and partial pods that Kubernetes would refuse: it says so then, and the loop goes on."""
    found = rendered(spec)
    assert bool(found.children) is not found.prepared.refused


@tries(30, long=1000)
@given(specs())
def test_same_input_gives_the_same_bytes(spec: dict[str, Any]) -> None:
    assert text(rendered(spec).children) == text(rendered(spec).children)


@tries(30, long=1000)
@given(specs())
def test_next_pass_changes_nothing(spec: dict[str, Any]) -> None:
    first = rendered(spec)
    assert text(next_pass(first).children) == text(first.children)


@tries(30, long=1000)
@given(specs())
def test_resource_as_the_api_server_returns_it_changes_nothing(spec: dict[str, Any]) -> None:
    """The API server fills in defaults; what it stored is the same as what was sent."""
    first = rendered(spec)
    filled = {"replicas": 1, "suspend": False, **spec}
    filled["engine"] = {"type": "vllm", **spec.get("engine", {})}
    filled["service"] = {"type": "ClusterIP", "port": 8000, "sessionAffinity": "None", **spec.get("service", {})}
    if "cache" in spec:
        filled["cache"] = {"mountPath": "/cache/hub", "readOnly": False, **spec["cache"]}
    assert text(next_pass(first, service(filled)).children) == text(first.children)


@tries(30, long=1000)
@given(specs(), st.integers(2, 9))
def test_scaling_changes_the_deployments_replicas_alone(spec: dict[str, Any], replicas: int) -> None:
    first = rendered({**spec, "replicas": 2, "suspend": False})
    second = next_pass(first, service({**spec, "replicas": replicas, "suspend": False}))
    before, after = by_id(first), by_id(second)
    assert before.keys() == after.keys()
    assert {kind for kind, name in before if before[kind, name] != after[kind, name]} <= {"Deployment"}
    if first.children:
        assert second.template == first.template


@tries(30, long=1000)
@given(specs(), st.integers(1, 65535))
def test_service_port_changes_the_service_alone(spec: dict[str, Any], port: int) -> None:
    """The Deployment's annotations alone note it."""
    first = rendered(spec)
    second = next_pass(first, service({**spec, "service": {**spec.get("service", {}), "port": port}}))
    before, after = by_id(unannotated(first)), by_id(unannotated(second))
    assert before.keys() == after.keys()
    assert {kind for kind, name in before if before[kind, name] != after[kind, name]} <= {"Service"}


@tries(30, long=1000)
@given(specs(), affinities, arguments)
def test_edit_and_its_return_end_where_they_began(spec: dict[str, Any], affinity: Any, args: list[str]) -> None:
    first = rendered(spec)
    edited = {**spec, "affinity": affinity, "engine": {**spec.get("engine", {}), "args": args}}
    second = next_pass(first, service(edited))
    third = next_pass(second, service(spec))
    if first.children and second.children:
        assert third.template == first.template


@tries(30, long=1000)
@given(specs())
def test_revision_is_read_back_from_its_manifest_as_it_was(spec: dict[str, Any]) -> None:
    found = one_pass(service(spec))
    if found.prepared.candidate:
        stored = json.loads(json.dumps(found.child("ControllerRevision")))
        assert revision(stored) == found.prepared.candidate
