"""Who needs what of a cache, out of everything that is known of its namespace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from looks import NOW, REVISION, deployment, pod, service
from modelservice.api.config import OperatorConfig
from modelservice.api.status import ModelStatus, Pruned, Status
from modelservice.control.caches import Caches
from modelservice.control.seen import Seen, StoredRevision
from modelservice.control.services import Services
from modelservice.control.uses import awaits_pruning, next_look, uses
from modelservice.facts.facts import Facts
from modelservice.facts.pods import PodFacts
from modelservice.facts.uses import Use
from modelservice.facts.workload import DeploymentFacts, JobFacts
from modelservice.kube.resources import Key
from modelservice.kube.session import Session
from rendering.passes import body

CONFIG = OperatorConfig()
FOLDER = "models--org--model"
CACHE = {"cache": {"claimName": "models"}}


class World:
    """A namespace `team` as the operator has it in its caches."""

    def __init__(self) -> None:
        self.services = Services()
        self.caches = Caches(cast(Session, None), changed=lambda _: None, around=lambda _: None)

    def service(self, name: str, namespace: str = "team", **spec: Any) -> World:
        self.services.put(body(spec, name, namespace=namespace, resourceVersion="1"))
        return self

    def revision(self, of: str, **spec: Any) -> World:
        kept = {"metadata": {"name": f"{of}-1"}, "revision": 1, "data": {"inputs": {"spec": spec}}}
        self.caches.children["ControllerRevision"].put(Key("team", f"{of}-1"), seen(of, StoredRevision.of(kept)))
        return self

    def job(self, of: str, facts: JobFacts) -> World:
        self.caches.children["Job"].put(Key("team", facts.name), seen(of, facts))
        return self

    def pod(self, of: str) -> World:
        self.caches.pods.put(Key("team", f"{of}-x"), seen(of, pod()))
        return self

    def uses(self) -> tuple[Use, ...] | None:
        return uses("team", "models", self.services, self.caches, CONFIG)


def seen(of: str, facts: Any) -> Seen[Any]:
    return Seen("uid", of, "uid-1", "", "", (), False, facts, 1)


def fetched(reference: str) -> JobFacts:
    return JobFacts("qwen-fetch-1", "job", claim="models", folder=FOLDER, reference=reference, complete=True)


def world() -> World:
    return World().service("qwen", model="org/model@v2", **CACHE)


def test_services_and_their_kept_revisions_use_what_they_name() -> None:
    found = world().service("twin", model="org/model@v3", **CACHE).revision("twin", model="org/model@v1", **CACHE)
    found.service("far", namespace="elsewhere", model="org/model@v0", **CACHE)
    assert {(use.service, use.reference) for use in found.uses() or ()} == {
        ("qwen", "hf://org/model@v2"),
        ("twin", "hf://org/model@v3"),
        ("twin", "hf://org/model@v1"),
    }


UNKNOWN = {
    "a spec that this operator cannot read": world().service("new", model="org/model", cache={"claimName": 7}),
    "a revision that it cannot read": world().revision("qwen", model=7),
    "what was fetched for an edit that may be taken back": world().job("qwen", fetched("hf://org/model@v1")),
    "pods that a deleted service has left": world().pod("gone"),
}


@pytest.mark.parametrize("found", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_nobody_can_tell_who_uses_what(found: World) -> None:
    assert found.uses() is None


def test_fetching_what_is_named_hides_nothing() -> None:
    assert world().job("qwen", fetched("hf://org/model@v2")).pod("qwen").uses() is not None


SERVES = deployment(1, updated=1, ready=1)
OLD = pod("qwen-old-x", revision="qwen-old")


def awaiting(
    prune: str = "Unused", pruned: str = "", now: DeploymentFacts = SERVES, pods: tuple[PodFacts, ...] = (pod(),)
) -> bool:
    model = ModelStatus(source=pruned, pruned=Pruned(message="x")) if pruned else None
    owner = service({"cache": {"claimName": "models", "prune": prune}}, Status(model=model))
    return awaits_pruning(owner, Facts(NOW, deployment=now, pods=pods), CONFIG)


def test_pruning_is_awaited_once_a_rollout_is_over_and_until_it_was_done() -> None:
    assert awaiting()
    assert awaiting(pruned="Qwen/another")
    assert not awaiting(pruned="Qwen/Qwen2.5-7B-Instruct")
    assert not awaiting(prune="Never")
    assert not awaiting(now=replace(SERVES, ready=0))
    assert not awaiting(now=replace(SERVES, replicas=2))
    assert not awaiting(pods=(pod(), OLD))
    assert awaiting(pods=(pod(), replace(OLD, component="loader", revision="")))


def test_time_alone_makes_another_look_worthwhile() -> None:
    owner = service({"cache": {"claimName": "models", "prune": "Unused"}})
    facts = Facts(NOW, deployment=SERVES, pods=(pod(revision=REVISION),), uses=())
    waits = JobFacts("qwen-prune-1", "job", prunes_for=2, suspended=True)
    assert next_look(owner, facts, CONFIG) is None
    assert next_look(owner, replace(facts, jobs=(waits,)), CONFIG) == NOW + timedelta(seconds=1)
    assert next_look(owner, replace(facts, uses=None), CONFIG) == NOW + timedelta(minutes=1)
    assert next_look(service(), replace(facts, uses=None), CONFIG) is None
