"""Children that people change or delete are put back, of every kind; what others add stays."""

from __future__ import annotations

import pytest

from drifts import DRIFTS, KINDS, Drift, delete, made, spoil, uid
from lab.client import Manifest
from model_services import NAME, READY, ModelServices

pytestmark = pytest.mark.usefixtures("nodes", "operator")


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS.keys())
def test_edit_by_hand_is_undone(services: ModelServices, drift: Drift) -> None:
    child = made(services)[drift.kind]
    spoil(services, drift, child)
    services.wait_child(drift.kind, lambda now: drift.field(now) == drift.field(child), child["metadata"]["name"], 10)


@pytest.mark.parametrize("kind", KINDS)
def test_deleted_child_is_made_again(services: ModelServices, kind: str) -> None:
    child = made(services)[kind]
    delete(services, child)
    services.wait_child(kind, lambda now: uid(now) != uid(child), child["metadata"]["name"], 15)


def test_what_others_add_stays_and_is_told_once(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.client.kubectl("annotate", "service", NAME, "team=search", f"--namespace={services.namespace}")
    body = services.wait(lambda body: bool(others(body, "Service")))
    assert others(body, "Service") == ["kubectl-annotate"]
    services.edit(service={"port": 9000})
    changed = services.wait_child("Service", lambda service: service["spec"]["ports"][0]["port"] == 9000)
    assert changed["metadata"]["annotations"]["team"] == "search"
    told = services.events("FieldsOfOthers")
    assert [(event["count"], "kubectl-annotate" in event["message"]) for event in told] == [(1, True)]


def test_child_that_is_wanted_no_more_is_pruned(services: ModelServices) -> None:
    services.create(replicas=2)
    services.wait_child("PodDisruptionBudget")
    services.edit(replicas=1)
    services.client.wait_gone("PodDisruptionBudget", NAME, services.namespace)


def test_claim_is_never_pruned(services: ModelServices) -> None:
    claim = made(services)["PersistentVolumeClaim"]
    services.edit(cache=None)
    services.wait(lambda body: "PersistentVolumeClaim" not in {child["kind"] for child in body["status"]["children"]})
    kept = services.child("PersistentVolumeClaim", claim["metadata"]["name"])
    assert "deletionTimestamp" not in kept["metadata"]


def others(body: Manifest, kind: str) -> list[str]:
    children = body["status"]["children"]
    return next((list(child.get("others", ())) for child in children if child["kind"] == kind), [])
