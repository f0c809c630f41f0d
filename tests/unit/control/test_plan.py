"""The plan: what is applied, pruned, kept and never touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from modelservice.api.status import Child
from modelservice.control.plan import Plan, plan
from modelservice.facts.facts import Facts
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.facts.workload import ChildFacts, DeploymentFacts, JobFacts

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("ConfigMap", "ControllerRevision", "PersistentVolumeClaim", "Deployment", "Service", "PodDisruptionBudget")


def wanted(kind: str, name: str = "qwen", digest: str = "d1") -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "annotations": {APPLIED_ANNOTATION: digest}}}


def seen(kind: str, name: str = "qwen", **changes: object) -> ChildFacts:
    return replace(ChildFacts(kind, name, f"uid-{name}", owned=True, applied="d1", fields="f1"), **changes)  # type: ignore[arg-type]


def facts(*children: ChildFacts, deployment: bool = True, **changes: Any) -> Facts:
    runs = DeploymentFacts("uid") if deployment else None
    return Facts(now=NOW, deployment=runs, children=children, **changes)


RECORD = [Child(kind=kind, name="qwen", digest="d1", fields="f1") for kind in KINDS]


def test_plan_applies_what_is_missing_in_the_order_that_pods_need() -> None:
    manifests = [wanted(kind) for kind in KINDS]
    made = plan(manifests, facts(deployment=False), [])
    assert made.waves == (tuple(manifests[:3]), (manifests[3],), tuple(manifests[4:]))


def test_plan_makes_jobs_once_their_volume_is_there_and_before_the_pods() -> None:
    manifests = [wanted(kind) for kind in ("PersistentVolumeClaim", "Job", "Deployment")]
    assert plan(manifests, facts(deployment=False), []).waves == tuple((manifest,) for manifest in manifests)


def test_plan_prunes_a_job_that_nobody_waits_for_and_leaves_one_that_is_done() -> None:
    children = [seen("Service"), seen("Job", "qwen-fetch-old"), seen("Job", "qwen-fetch-done")]
    jobs = (JobFacts("qwen-fetch-old", "u"), JobFacts("qwen-fetch-done", "u", complete=True))
    made = plan([wanted("Service")], facts(*children, jobs=jobs), RECORD)
    assert [child.name for child in made.prune] == ["qwen-fetch-old"]


def test_plan_of_children_as_applied_is_empty() -> None:
    children = [seen(kind) for kind in KINDS]
    made = plan([wanted(kind) for kind in KINDS], facts(*children), RECORD)
    assert made == Plan(kept=tuple(children))
    assert made.empty


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "drifted",
    [
        pytest.param({"fields": "f2"}, id="a field of ours was taken"),
        pytest.param({"applied": "d0"}, id="something else was applied"),
    ],
)
def test_plan_repairs_drift(kind: str, drifted: dict[str, str]) -> None:
    made = plan([wanted(kind)], facts(seen(kind, **drifted)), RECORD)
    assert made.waves == ((wanted(kind),),)


def test_plan_applies_what_was_applied_but_never_recorded() -> None:
    made = plan([wanted("Service")], facts(seen("Service")), [])
    assert made.waves == ((wanted("Service"),),)


def test_plan_leaves_alone_what_is_being_deleted() -> None:
    assert plan([wanted("Service")], facts(seen("Service", deleting=True, applied="d0")), RECORD).empty


def test_plan_prunes_what_is_ours_and_not_wanted_but_no_claim() -> None:
    extra = [seen(kind, "old") for kind in KINDS]
    made = plan([wanted("Deployment")], facts(*extra), [])
    assert [child.kind for child in made.prune] == [kind for kind in KINDS if kind != "PersistentVolumeClaim"]


@pytest.mark.parametrize(
    "spared",
    [pytest.param({"owned": False}, id="not ours"), pytest.param({"deleting": True}, id="on its way out")],
)
def test_plan_does_not_prune(spared: dict[str, bool]) -> None:
    assert not plan([wanted("Deployment")], facts(seen("Service", "old", **spared)), []).prune


def test_plan_never_touches_a_wanted_name_that_is_not_ours() -> None:
    foreign = seen("Service", owned=False)
    made = plan([wanted("Deployment"), wanted("Service")], facts(seen("Deployment", applied="d0"), foreign), [])
    assert made.conflicts == (foreign,)
    assert made.waves == ((wanted("Deployment"),),)


def test_plan_starts_no_pods_while_a_name_that_they_need_is_taken() -> None:
    foreign = seen("Service", owned=False)
    made = plan([wanted("Deployment"), wanted("Service")], facts(foreign, deployment=False), [])
    assert made == Plan(conflicts=(foreign,))


def test_plan_touches_nothing_while_nothing_is_wanted() -> None:
    assert plan([], facts(seen("Deployment"), seen("Service")), RECORD) == Plan()
