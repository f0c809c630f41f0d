"""What `plan` says is what an apply then does: one ModelService is changed again and again, each change planned first,
then applied by kubectl with the operator at work, and its fields and the digests on its children are compared. Between
two changes others have their hands in it.

Some twenty changes in CI, and a hundred with LONG=1; always the same ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.client import ApiError, Client, condition
from model_services import NAME, ModelServices, conditions, manifest, observed
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.cli.cluster import Cluster
from modelservice.cli.plan.differences import differences
from modelservice.cli.plan.forecast import Forecast, Outcome, forecast
from modelservice.cli.plan.judge import Does
from modelservice.control.plan import CLAIM, CONTENT_NAMED
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.kube import kubeconfig
from property.budget import LIMIT, LONG, tries
from property.specs import specs

pytestmark = pytest.mark.timeout(LIMIT)

KINDS = ("Deployment", "Service", "PodDisruptionBudget", "ConfigMap", "ControllerRevision", CLAIM)
MANY = 6
LONG_ENOUGH = 120.0
"""For a cluster whose machine has other things to do."""
BOOKKEPT = (*CONTENT_NAMED, CLAIM)
"""What an apply that is refused half-way may have made, and what goes once the next revision is ready."""
MORE_AND_MORE = settings(tries(20, shrink=False), max_examples=100 if LONG else 20, derandomize=True)
HANDS: dict[str, dict[str, Any]] = {
    "nobody": {},
    "a scale": {"spec": {"replicas": 2}},
    "a restart": {"metadata": {"annotations": {RESTART_ANNOTATION: "now"}}},
    "a note": {"metadata": {"annotations": {"example.org/note": "kept"}, "labels": {"example.org/team": "nlp"}}},
}
"""What others patch into the live object; no file says it."""
WANTS_HELP = ("NoMatchingNode", "NotEnoughGPUs", "Unschedulable", "PodRefused", "ClaimMissing", "ClaimNotBound")
Digests = dict[tuple[str, str], str]


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A spec that differs from the plainest in a few fields, so that most are accepted. Hundreds of pods take long to
    come, and tell no more than a few."""
    spec = draw(specs())
    if "replicas" in spec:
        spec["replicas"] %= MANY
    names = sorted(spec)
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    return {"model": "org/model", "engine": {"type": "mock"}} | {name: spec[name] for name in chosen}


class World:
    """One ModelService on a cluster with the operator, and a user who plans and applies."""

    def __init__(self, services: ModelServices, kubeconfig_file: Path, folder: Path) -> None:
        self.services = services
        self.cluster = Cluster(kubeconfig.load([kubeconfig_file]), services.namespace)
        self.file = folder / "service.json"
        self.seen: Counter[str] = Counter()

    def plan(self, spec: dict[str, Any]) -> Forecast:
        body = manifest() | {"metadata": {"name": NAME}, "spec": spec}
        self.file.write_text(json.dumps(body))
        return self.cluster.run(forecast(self.cluster.session, self.cluster.key(NAME), body, OperatorConfig()))

    def touch(self, patch: dict[str, Any]) -> None:
        """By somebody else."""
        if patch:
            self.services.client.patch("ModelService", NAME, patch, self.services.namespace)
            self.quiet()

    def apply(self) -> bool:
        """False when the API server refuses it."""
        try:
            self.services.client.kubectl("apply", "-n", self.services.namespace, "-f", self.file)
        except ApiError:
            return False
        return True

    def quiet(self) -> None:
        """Until it is ready, or nothing but time or a person can change more."""

        def still(body: dict[str, Any]) -> bool:
            told = conditions(body)
            ready = told.get("Ready", ("",))[0] == "True" and self.restarted(body)
            stalled = told.get("Stalled", ("",))[0] == "True"
            helpless = any(told.get(type, ("", ""))[1] in WANTS_HELP for type in ("Ready", "Scheduled"))
            return observed(body) and (ready or stalled or helpless)

        self.services.wait(still, timeout=LONG_ENOUGH)

    def restarted(self, body: dict[str, Any]) -> bool:
        """A restart is asked for by an annotation, which no generation counts; the template of the pods tells."""
        deployment = self.services.client.find("Deployment", NAME, self.services.namespace)
        asked, taken_up = (
            (found["metadata"].get("annotations") or {}).get(RESTART_ANNOTATION)
            for found in (body, deployment["spec"]["template"] if deployment else body)
        )
        return bool(asked == taken_up)

    def digests(self) -> Digests:
        children = ((kind, child) for kind in KINDS for child in self.services.children(kind))
        return {
            (kind, child["metadata"]["name"]): child["metadata"]["annotations"][APPLIED_ANNOTATION]
            for kind, child in children
        }

    def pods(self) -> tuple[Any, int]:
        """The template that they are made from, and how many there shall be."""
        spec = self.services.child("Deployment")["spec"]
        return spec["template"], spec["replicas"]


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, api: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for needed in ("operator", "nodes"):
        request.getfixturevalue(needed)
    name = "planned"
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    api.wait("ServiceAccount", "default", name)
    found = World(ModelServices(api, name), api.kubeconfig, tmp_path_factory.mktemp("planned"))
    with found.cluster:
        found.plan({"model": "org/model", "engine": {"type": "mock"}})
        found.apply()
        found.quiet()
        yield found
    api.delete("Namespace", name)
    assert found.seen[Outcome.CHANGES] >= 8, found.seen


@MORE_AND_MORE
@given(spec=changed(), hand=st.sampled_from(list(HANDS)))
def test_apply_does_what_was_planned_and_nothing_else(world: World, spec: dict[str, Any], hand: str) -> None:
    world.touch(HANDS[hand])
    before, (template, replicas) = world.digests(), world.pods()
    stored = world.services.get()
    found = world.plan(spec)
    world.seen[found.outcome] += 1
    if not world.apply():
        assert found.outcome is Outcome.REFUSED, found
        return
    assert found.fields == differences(stored, world.services.get())
    world.quiet()
    after = world.digests()
    if found.outcome is Outcome.REFUSED:
        assert unlike(before, after).keys() <= {key for key in after | before if key[0] in BOOKKEPT}, found.remarks
        assert condition("Stalled")(world.services.get()), found.remarks
        return
    planned = {(one.kind, one.name): one for one in found.changes}
    for key, digest in unlike(before, after).items():
        if digest:
            assert key in planned, (key, found)
            assert planned[key].digest == digest, (key, found)
        else:
            assert key[0] in BOOKKEPT or planned[key].does is Does.DELETE, (key, found)
    assert {key for key in planned if before.get(key) == after.get(key)} == set(), found
    now, wanted = world.pods()
    assert (found.restart is not None) == (now != template and bool(replicas and wanted)), found


def unlike(before: Digests, after: Digests) -> dict[tuple[str, str], str | None]:
    """What came, changed, or (None) went."""
    return {key: after.get(key) for key in before | after if before.get(key) != after.get(key)}
