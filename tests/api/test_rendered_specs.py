"""A real API server judges what is rendered from any spec that its CRD admits: everything by dry run, nothing stored.

Some hundreds of specs here, ten thousand with `make test-property LONG=1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eventually import at_last
from lab.client import Client
from modelservice.facts.marks import MANAGER
from modelservice.kube.encode import encode
from modelservice.kube.resources import key_of, resource_of
from modelservice.render.merge import MERGE_KEYS
from modelservice.render.metadata import Manifest
from property.budget import LIMIT, tries
from property.specs import specs
from rendering.passes import Pass, body, one_pass, service

pytestmark = [pytest.mark.usefixtures("crd"), pytest.mark.timeout(LIMIT)]

APPLY = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}
EXAMPLES = Path(__file__).parents[2] / "examples"
CHANGEABLE = ("Deployment", "Service", "PodDisruptionBudget")


class Judge:
    """Applies as the operator does, by force and strictly."""

    def __init__(self, api: Client, namespace: str) -> None:
        self.api = api
        self.namespace = namespace

    def apply(self, manifest: Manifest, dry_run: bool = True) -> Manifest:
        answer = self.api.http.patch(
            resource_of(manifest).path(key_of(manifest)),
            params={**APPLY, **({"dryRun": "All"} if dry_run else {})},
            headers={"content-type": "application/apply-patch+yaml"},
            content=encode(manifest),
        )
        stored: Manifest = answer.json()
        assert answer.is_success, f"{manifest['kind']}: {stored['message']}"
        return stored

    def admits(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The spec as the API server would store it."""
        stored: dict[str, Any] = self.api.create(self._own(body(spec)), self.namespace, dry_run=True)["spec"]
        return stored

    def rendered(self, spec: dict[str, Any], name: str = "qwen") -> Pass:
        """Without an owner: the ModelService is not stored, and garbage collection would take its children away."""
        return one_pass(service(spec, name, namespace=self.namespace, uid=""))

    def _own(self, manifest: Manifest) -> Manifest:
        metadata = {key: value for key, value in manifest["metadata"].items() if key != "uid"}
        return {**manifest, "metadata": {**metadata, "namespace": self.namespace}}


@pytest.fixture(scope="module")
def judge(api: Client) -> Iterator[Judge]:
    """With the children of one spec stored, so that each other spec can also be judged as an edit of it."""
    name = "judged"
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    api.wait("ServiceAccount", "default", name)
    judge = Judge(api, name)
    for child in judge.rendered({"cache": {"size": "1Gi"}, "replicas": 2, "rollout": {"strategy": "Surge"}}).children:
        judge.apply(child, dry_run=False)
    yield judge
    api.delete("Namespace", name)


@tries(300, shrink=False)
@given(spec=specs(), edit=st.booleans())
def test_every_admitted_spec_renders_what_the_api_server_takes(judge: Judge, spec: dict[str, Any], edit: bool) -> None:
    stored = judge.admits(spec)
    found = judge.rendered(stored, "qwen" if edit else "new")
    for child in found.children:
        if not edit or child["kind"] in CHANGEABLE:
            judge.apply(child)


def test_what_the_api_server_stored_of_a_spec_is_no_edit(judge: Judge) -> None:
    spec = {"model": "org/model", "cache": {"size": "1Gi"}}
    assert judge.rendered(judge.admits(spec)).template == judge.rendered(spec).template


def test_second_apply_of_every_child_writes_nothing(judge: Judge) -> None:
    """Above all of a ControllerRevision, whose data nobody may change."""
    files = [{"name": "a", "path": "/a", "content": "text"}]
    children = judge.rendered(
        {"replicas": 2, "engine": {"files": files, "envFrom": [{"secretRef": {"name": "s"}}]}}, "twice"
    )
    for child in children.children:
        first, second = judge.apply(child, dry_run=False), judge.apply(child, dry_run=False)
        assert (
            second["metadata"]["generation" if "generation" in first["metadata"] else "resourceVersion"]
            == (first["metadata"]["generation" if "generation" in first["metadata"] else "resourceVersion"])
        ), child["kind"]


def test_claim_for_a_device_is_made_for_each_pod_of_the_example(judge: Judge, api: Client) -> None:
    api.create(yaml.safe_load((EXAMPLES / "dra" / "claim.yaml").read_text()), judge.namespace)
    spec = yaml.safe_load((EXAMPLES / "dra.yaml").read_text())["spec"]
    for child in judge.rendered(judge.admits({**spec, "replicas": 2}), "claimed").children:
        judge.apply(child, dry_run=False)

    def both() -> list[Manifest]:
        found = api.list("ResourceClaim", judge.namespace)
        return found if len(found) == 2 else []

    for claim in at_last(both, 60):
        (request,) = claim["spec"]["devices"]["requests"]
        assert request["exactly"]["deviceClassName"] == "gpu.nvidia.com"


def test_merge_keys_are_those_of_the_api_server(api: Client) -> None:
    schemas = api.http.get("/openapi/v3/api/v1").json()["components"]["schemas"]
    found = dict(keyed_lists(schemas, {"$ref": "#/io.k8s.api.core.v1.PodSpec"}, ()))
    templates = {path: keys for path, keys in found.items() if path[0] != "ephemeralContainers"}
    assert templates == dict(MERGE_KEYS)


def keyed_lists(
    schemas: dict[str, Any], schema: dict[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every list in a PodSpec whose items are told apart by keys. What volumes hold is replaced as a whole."""
    schema = schema["allOf"][0] if "allOf" in schema else schema
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    for name, field in schema.get("properties", {}).items():
        here = (*path, name)
        if field.get("x-kubernetes-list-type") == "map":
            yield here, tuple(field["x-kubernetes-list-map-keys"])
        if name != "volumes" and len(here) < 6:
            yield from keyed_lists(schemas, field.get("items", field), here)


@pytest.mark.parametrize(
    ("container", "sentence"),
    [
        pytest.param(
            {"resources": {"limits": {"memory": "1Mi"}}}, "must be less than or equal to memory limit", id="limit"
        ),
        pytest.param({"nonsense": 1}, "field not declared in schema", id="unknown field"),
    ],
)
def test_pod_template_that_kubernetes_refuses_is_refused_by_the_api_server_in_words(
    judge: Judge, container: dict[str, Any], sentence: str
) -> None:
    found = judge.rendered({"podTemplate": {"spec": {"containers": [{"name": "engine", **container}]}}})
    with pytest.raises(AssertionError, match=sentence):
        judge.apply(found.child("Deployment"))
