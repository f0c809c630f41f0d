"""The parts of a plan that no cluster is needed for: kubectl's patch, differences, restarts, room."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.api.spec import ModelServiceSpec
from modelservice.cli.plan.differences import LAST_APPLIED, Difference, differences, within
from modelservice.cli.plan.needs import Need, needs
from modelservice.cli.plan.proposal import change
from modelservice.cli.plan.restarts import Restart, restart
from modelservice.cli.plan.room import Crew, in_quotas, on_nodes
from modelservice.facts.cluster import NodeFacts
from modelservice.facts.pods import PodFacts
from modelservice.kube.resources import CLAIM, CONFIG_MAP, SECRET

GPU = "nvidia.com/gpu"


def body(spec: dict[str, Any], applied: str = "") -> dict[str, Any]:
    return {"metadata": {"name": "qwen", "annotations": {LAST_APPLIED: applied} if applied else {}}, "spec": spec}


def live(spec: dict[str, Any], applied: str = "", **annotations: str) -> dict[str, Any]:
    """What there is: kubectl has noted what it applied, and others have annotated it."""
    found = body(spec, applied)
    found["metadata"] |= {"namespace": "team", "annotations": found["metadata"]["annotations"] | annotations}
    return found


def file(spec: dict[str, Any], **annotations: str) -> dict[str, Any]:
    """As people write it: without a namespace, and without annotations where there are none."""
    return {"metadata": {"name": "qwen", **({"annotations": annotations} if annotations else {})}, "spec": spec}


APPLIED = '{"metadata": {"name": "qwen", "namespace": "team", "annotations": %s}, "spec": %s}'
PATCHES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "what is said differently": (live({"a": 1}), file({"a": 2}), {"spec": {"a": 2}}),
    "what is said as before": (live({"a": 1}), file({"a": 1}), {}),
    "what others said is kept": (live({"a": 1, "b": 2}), file({"a": 2}), {"spec": {"a": 2}}),
    "what was said and is no more goes": (
        live({"a": 1, "b": {"c": 1, "d": 1}}, APPLIED % ("{}", '{"a": 1, "b": {"c": 1}}')),
        file({"a": 1, "b": {"d": 2}}),
        {"spec": {"b": {"c": None, "d": 2}}},
    ),
    "what others annotated is kept": (live({}, APPLIED % ("{}", "{}"), restart="now"), file({}), {}),
    "an annotation of ours that is said no more goes, and only that": (
        live({}, APPLIED % ('{"mine": "1"}', "{}"), mine="1", restart="now"),
        file({}),
        {"metadata": {"annotations": {"mine": None}}},
    ),
}


@pytest.mark.parametrize(("there", "said", "patch"), PATCHES.values(), ids=PATCHES)
def test_patch_is_what_kubectl_would_send(there: dict[str, Any], said: dict[str, Any], patch: dict[str, Any]) -> None:
    assert change(there, said) == patch


def test_differences_are_named_as_in_yaml_and_leave_out_bookkeeping() -> None:
    before = body({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}], "args": ["x"]}, "{}")
    after = body({"env": [{"name": "A", "value": "2"}], "args": ["x", "y"], "labels": {"a.b/c": "1"}})
    after["status"] = {"phase": "Ready"}
    assert differences(before, after) == (
        Difference("spec.env[A].value", "1", "2"),
        Difference("spec.env[B]", {"name": "B", "value": "1"}, None),
        Difference("spec.args", ["x"], ["x", "y"]),
        Difference("spec.labels", None, {"a.b/c": "1"}),
    )


def test_manifest_laid_over_a_live_object_keeps_what_others_say() -> None:
    live = body({"ports": [{"name": "http", "port": 1}, {"name": "more", "port": 2}], "clusterIP": "10.0.0.1"})
    laid = within(body({"ports": [{"name": "http", "port": 3}]}), live)
    ports = [{"name": "http", "port": 3}, {"name": "more", "port": 2}]
    assert laid["spec"] == {"ports": ports, "clusterIP": "10.0.0.1"}


def deployment(template: str, replicas: int = 2, **strategy: Any) -> dict[str, Any]:
    return {"spec": {"replicas": replicas, "template": template, "strategy": strategy}}


SURGE = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
REPLACE = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}}
RESTARTS = {
    "surge": (deployment("b", **SURGE), Restart(2, 0, 1)),
    "surge of many": (deployment("b", 9, **SURGE), Restart(2, 0, 3)),
    "replace": (deployment("b", **REPLACE), Restart(2, 1, 0)),
    "recreate": (deployment("b", type="Recreate"), Restart(2, 2, 0)),
    "the same template": (deployment("a", 3, **SURGE), None),
    "stopped": (deployment("b", 0, **SURGE), None),
}


@pytest.mark.parametrize(("after", "expected"), RESTARTS.values(), ids=RESTARTS)
def test_restart_counts_as_the_deployment_controller_does(after: dict[str, Any], expected: Restart | None) -> None:
    assert restart(deployment("a"), after) == expected


def test_needs_are_all_that_a_pod_cannot_start_without() -> None:
    variable = {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    spare = {"valueFrom": {"secretKeyRef": {"name": "gone", "key": "k", "optional": True}}}
    pod = {
        "containers": [{"env": [variable, spare], "envFrom": [{"configMapRef": {"name": "c"}}]}],
        "volumes": [{"persistentVolumeClaim": {"claimName": "p"}}, {"secret": {"secretName": "v"}}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    assert set(needs(pod)) == {
        Need(SECRET, "s", "k"),
        Need(CONFIG_MAP, "c"),
        Need(CLAIM, "p"),
        Need(SECRET, "v"),
        Need(SECRET, "pull"),
    }


def node(name: str, has: int, taken: int = 0) -> NodeFacts:
    return NodeFacts(name, allocatable={GPU: has}, taken={GPU: taken})


def own(on: str, count: int) -> PodFacts:
    return PodFacts("p", "u", node=on, asks={GPU: count})


ROOM = {
    "free": (Crew(0, 2, 2), (node("a", 8, 4),), True),
    "taken": (Crew(0, 3, 3), (node("a", 8, 4),), False),
    "in pieces": (Crew(0, 1, 1), (node("a", 4, 3), node("b", 4, 3)), False),
    "only the new ones count": (Crew(2, 3, 3), (node("a", 8, 4),), True),
    "the old ones make room": (Crew(2, 2, 2, anew=True), (node("a", 4, 4),), True),
    "the old ones stay until the new ones answer": (Crew(2, 2, 3), (node("a", 4, 4),), False),
    "nobody is wanted": (Crew(0, 0, 0), (node("a", 0),), True),
}


@pytest.mark.parametrize(("crew", "nodes", "fits"), ROOM.values(), ids=ROOM)
def test_room_is_what_nodes_have_free_for_whole_pods(crew: Crew, nodes: tuple[NodeFacts, ...], fits: bool) -> None:
    found = on_nodes(ModelServiceSpec(), 2, crew, nodes, (own("a", 2), own("a", 2)))
    assert (found is None) == fits, found


def test_quota_is_counted_over_all_new_pods_and_by_its_own_names() -> None:
    pod = {"containers": [{"resources": {"limits": {GPU: "2", "memory": "1Gi"}, "requests": {"cpu": "500m"}}}]}
    hard = {f"requests.{GPU}": "8", "memory": "3Gi", "cpu": "1", "limits.cpu": "1", "configmaps": "1"}
    quota = {"metadata": {"name": "q"}, "spec": {}, "status": {"hard": hard, "used": {f"requests.{GPU}": "4"}}}
    scoped = {**quota, "spec": {"scopes": ["BestEffort"]}}
    told = [remark.message.split(",")[0] for remark in in_quotas([quota, scoped], pod, 3)]
    assert told == [f"ResourceQuota q leaves 4 of requests.{GPU}", "ResourceQuota q leaves 1 of cpu"]
