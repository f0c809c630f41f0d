"""What `plan` says is what an apply then does: one ModelService is changed again and again, each change planned first,
then applied by kubectl with the operator at work, and its fields and the digests on its children are compared. Between
two changes others have their hands in it.

Some twenty changes in CI, and a hundred with LONG=1; the same ones each time, until something in the code changes, of
which Hypothesis takes words and numbers.
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

from lab.client import ApiError, Client
from model_services import NAME, ModelServices, conditions, manifest, observed
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.cli.cluster import Cluster
from modelservice.cli.plan.differences import differences
from modelservice.cli.plan.forecast import Forecast, Outcome, forecast
from modelservice.cli.plan.judge import Does
from modelservice.control.plan import CLAIM, CONTENT_NAMED
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.facts.parse_workload import revision
from modelservice.kube import kubeconfig
from modelservice.render.inputs import current_inputs, restart_of
from property.budget import LIMIT, tries
from property.specs import specs

pytestmark = pytest.mark.timeout(LIMIT)

KINDS = ("Deployment", "Service", "PodDisruptionBudget", "ConfigMap", "ControllerRevision", CLAIM)
MANY = 6
LONG_ENOUGH = 120.0
"""For a cluster whose machine has other things to do."""
BOOKKEPT = (*CONTENT_NAMED, CLAIM)
"""What an apply that is refused half-way may have made, and what goes once the next revision is ready."""
HANDS: dict[str, dict[str, Any]] = {
    "nobody": {},
    "a scale": {"spec": {"replicas": 2}},
    "a restart": {"metadata": {"annotations": {RESTART_ANNOTATION: "now"}}},
    "a note": {"metadata": {"annotations": {"example.org/note": "kept"}, "labels": {"example.org/team": "nlp"}}},
}
"""What others patch into the live object; no file says it."""
WANTS_HELP = ("NoMatchingNode", "NotEnoughGPUs", "Unschedulable", "PodRefused", "ClaimMissing", "ClaimNotBound")
Digests = dict[tuple[str, str], str]
Change = tuple[str, dict[str, Any]]
"""What others do first, and the next spec."""


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
            over = any(told.get(type, ("",))[0] == "True" for type in ("Ready", "Stalled"))
            helpless = any(told.get(type, ("", ""))[1] in WANTS_HELP for type in ("Ready", "Scheduled"))
            refused = told.get("Accepted", ("",))[0] == "False"
            return observed(body) and (over or helpless) and (refused or self.restarted(body))

        self.services.wait(still, timeout=LONG_ENOUGH)

    def restarted(self, body: dict[str, Any]) -> bool:
        """A restart is asked for by an annotation, which no generation counts. It has begun once the newest revision
        was made with it, and the status is younger once it speaks of that revision, or of a change that waits."""
        asked = body["metadata"].get("annotations", {}).get(RESTART_ANNOTATION, "")
        newest = max(map(revision, self.services.children("ControllerRevision")), key=lambda one: one.number)
        told = body["status"].get("currentRevision"), body["status"].get("updateRevision")
        waits = "The change waits" in body["status"]["message"]
        return restart_of(current_inputs(newest)) == asked and (newest.name in told or waits)

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


@pytest.fixture(scope="module")
def changes() -> list[Change]:
    """Drawn beforehand: what a change does depends on those before it, so none can be tried again alone."""
    drawn: list[Change] = []

    @settings(tries(20, long=100), derandomize=True)
    @given(spec=changed(), hand=st.sampled_from(list(HANDS)))
    def draw(spec: dict[str, Any], hand: str) -> None:
        drawn.append((hand, spec))

    draw()
    return drawn


def test_apply_does_what_was_planned_and_nothing_else(world: World, changes: list[Change]) -> None:
    for hand, spec in changes:
        one_change(world, hand, spec)


def one_change(world: World, hand: str, spec: dict[str, Any]) -> None:
    world.touch(HANDS[hand])
    before, (template, replicas) = world.digests(), world.pods()
    stored = world.services.get()
    found = world.plan(spec)
    about = (hand, stored["spec"], spec, found)
    world.seen[found.outcome] += 1
    if not world.apply():
        assert found.outcome is Outcome.REFUSED, about
        return
    assert found.fields == differences(stored, world.services.get()), about
    world.quiet()
    assert (found.outcome is Outcome.REFUSED) == (conditions(world.services.get())["Accepted"][0] == "False"), about
    after = world.digests()
    planned = {(one.kind, one.name): one for one in found.changes}
    for key, digest in unlike(before, after).items():
        if digest:
            assert key in planned, (key, about)
            assert planned[key].digest == digest, (key, about)
        else:
            assert key[0] in BOOKKEPT or planned[key].does is Does.DELETE, (key, about)
    assert {key for key in planned if before.get(key) == after.get(key)} == set(), about
    now, wanted = world.pods()
    assert (found.restart is not None) == (now != template and bool(replicas and wanted)), about


def unlike(before: Digests, after: Digests) -> dict[tuple[str, str], str | None]:
    """What came, changed, or (None) went."""
    return {key: after.get(key) for key in before | after if before.get(key) != after.get(key)}
