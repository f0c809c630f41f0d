"""`plan`: what an apply would do is told beforehand, and then it does just that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Program
from eventually import at_last
from lab.client import Client, Manifest
from model_services import NAME, READY, ModelServices, has, manifest
from outside_engine import CONFIG, FAST

RESTART = "modelservice.io/restart"


class Planner:
    """A user with a file: plans it, and applies it with kubectl."""

    def __init__(self, api: Client, program: Program, namespace: str) -> None:
        self.api = api
        self.program = program
        self.namespace = namespace
        self.file = program.folder / "service.yaml"

    def write(self, **spec: Any) -> None:
        self.file.write_text(yaml.safe_dump(as_people_write(manifest(**spec))))

    def apply(self) -> None:
        self.api.kubectl("apply", "-n", self.namespace, "-f", self.file)

    def plan(self, code: int) -> dict[str, Any]:
        """The only forecast of the file."""
        [found] = json.loads(self.program("plan", str(self.file), "-o", "json", code=code))
        return dict(found)

    def told(self, code: int) -> str:
        return self.program("plan", str(self.file), code=code)


def as_people_write(body: Manifest) -> Manifest:
    """Without annotations, where there are none."""
    return {**body, "metadata": {"name": body["metadata"]["name"]}}


@pytest.fixture
def planner(api: Client, modelservice: Program, namespace: str) -> Planner:
    return Planner(api, modelservice, namespace)


def changes(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(change["kind"], change["does"]) for change in found["changes"]}


def fields(found: dict[str, Any], kind: str) -> dict[str, tuple[Any, Any]]:
    [change] = [change for change in found["changes"] if change["kind"] == kind]
    return {one["field"]: (one["before"], one["after"]) for one in change["fields"]}


def reasons(found: dict[str, Any], severity: str) -> set[str]:
    return {remark["reason"] for remark in found["remarks"] if remark["severity"] == severity}


def test_plan_of_what_is_applied_says_that_nothing_would_change(services: ModelServices, planner: Planner) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    assert planner.plan(code=0)["changes"] == []
    assert "qwen: nothing would change" in planner.told(code=0)


def test_plan_leaves_what_others_set_as_an_apply_does(services: ModelServices, planner: Planner) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    planner.program("scale", NAME, "2")
    planner.program("restart", NAME)
    before = services.wait(lambda body: READY(body) and body["status"]["ready"] == "2/2")
    assert "qwen: nothing would change" in planner.told(code=0)
    planner.apply()
    after = services.get()
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["metadata"]["annotations"][RESTART] == before["metadata"]["annotations"][RESTART]


def test_plan_of_a_new_file_names_the_children_and_makes_none(services: ModelServices, planner: Planner) -> None:
    planner.write(replicas=2)
    found = planner.plan(code=6)
    assert changes(found) == {
        (kind, "create") for kind in ("ControllerRevision", "Deployment", "Service", "PodDisruptionBudget")
    }
    assert services.client.find("ModelService", NAME, services.namespace) is None


def test_plan_of_an_edit_names_its_fields_and_the_restart(services: ModelServices, planner: Planner) -> None:
    planner.write(replicas=2, engine={"type": "mock", "env": [{"name": "A", "value": "1"}]})
    planner.apply()
    services.wait(READY)
    planner.write(replicas=2, engine={"type": "mock", "env": [{"name": "A", "value": "2"}]})
    found = planner.plan(code=6)
    assert ("spec.engine.env[A].value", ("1", "2")) in [
        (one["field"], (one["before"], one["after"])) for one in found["fields"]
    ]
    assert fields(found, "Deployment")["spec.template.spec.containers[engine].env[A].value"] == ("1", "2")
    assert found["restart"] == {"pods": 2, "down": 0, "more": 1}
    assert "its 2 pods restart, 1 at a time, each once its successor answers" in planner.told(code=6)


def test_plan_of_more_replicas_restarts_nothing(services: ModelServices, planner: Planner) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    planner.write(replicas=2)
    found = planner.plan(code=6)
    assert found["restart"] is None
    assert fields(found, "Deployment") == {"spec.replicas": (1, 2)}


def test_field_that_the_file_says_no_more_goes_as_with_kubectl(services: ModelServices, planner: Planner) -> None:
    planner.write(servedNames=["a"], startupTimeoutSeconds=100)
    planner.apply()
    services.wait(READY)
    services.edit(drainTimeoutSeconds=30)
    planner.write(servedNames=["a"])
    told = [one["field"] for one in planner.plan(code=6)["fields"]]
    assert told == ["spec.startupTimeoutSeconds"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown option": ({"engine": {"type": "mock", "args": ["--token-raet", "1"]}}, "UnknownOption"),
    "a rule of the CRD": ({"gpu": {"count": 0, "products": ["L4"]}}, "Rejected"),
    "what a pod can never be": (
        {"podTemplate": {"spec": {"containers": [{"name": "engine", "resources": {"limits": {"memory": "1Mi"}}}]}}},
        "Rejected",
    ),
}


@pytest.mark.parametrize(("spec", "reason"), REFUSED.values(), ids=REFUSED)
def test_plan_of_what_would_be_refused_says_why(
    crd: None,  # noqa: ARG001
    planner: Planner,
    spec: dict[str, Any],
    reason: str,
) -> None:
    planner.write(**spec)
    found = planner.plan(code=1)
    assert reason in reasons(found, "error")


def test_refused_edit_is_planned_and_changes_nothing(services: ModelServices, planner: Planner) -> None:
    planner.write(replicas=3)
    planner.apply()
    services.wait(READY)
    before = services.child("Deployment")
    planner.write(replicas=1, engine={"type": "mock", "args": ["--token-raet", "1"]})
    assert planner.plan(code=1)["changes"] == []
    assert "qwen: it would be refused, and nothing that runs would change" in planner.told(code=1)
    planner.apply()
    services.wait(has("Accepted", "False"))
    assert services.child("Deployment")["metadata"]["generation"] == before["metadata"]["generation"]
    assert "It waits until the spec is mended" in planner.program("scale", NAME, "2")


def test_refused_edit_that_stops_the_pods_is_planned_so(services: ModelServices, planner: Planner) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    planner.write(suspend=True, engine={"type": "mock", "args": ["--token-raet", "1"]})
    told = planner.told(code=1)
    assert "qwen: it would be refused, and this alone would change:" in told
    assert "~ Deployment qwen\n      spec.replicas: 1 -> 0" in told


def test_plan_of_what_the_api_server_refuses_half_way_says_how_far_it_comes(
    services: ModelServices, planner: Planner
) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    planner.write(replicas=2, cache={"size": "1Gi"}, podTemplate={"spec": {"hostname": "not a hostname"}})
    found = planner.plan(code=1)
    assert changes(found) == {("ControllerRevision", "create"), ("PersistentVolumeClaim", "create")}
    assert "this alone would change:\n  ~ ModelService" in planner.told(code=1)
    planner.apply()
    services.wait(has("Accepted", "False", "Rejected"))
    assert [claim["metadata"]["name"] for claim in services.children("PersistentVolumeClaim")] == ["qwen-cache"]


def test_plan_of_what_the_api_server_refuses_says_that_the_pods_stop(services: ModelServices, planner: Planner) -> None:
    planner.write()
    planner.apply()
    services.wait(READY)
    planner.write(suspend=True, podTemplate={"spec": {"hostname": "not a hostname"}})
    told = planner.told(code=1)
    assert "this alone would change:" in told
    assert "~ Deployment qwen\n      spec.replicas: 1 -> 0" in told
    planner.apply()
    services.wait_child("Deployment", lambda body: body["spec"]["replicas"] == 0)


def test_plan_names_everything_that_pods_would_wait_for(services: ModelServices, planner: Planner) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "has"}, "stringData": {"other": "x"}}
    services.client.create(secret, services.namespace)
    planner.write(
        auth={"apiKeySecret": {"name": "has", "key": "key"}},
        huggingFace={"tokenSecret": {"name": "lost", "key": "token"}},
        engine={"type": "vllm", "envFrom": [{"configMapRef": {"name": "lost"}}]},
        cache={"size": "1Gi", "storageClassName": "nowhere"},
        gpu={"count": 9, "runtimeClassName": "kata"},
    )
    found = planner.plan(code=6)
    told = {remark["field"]: remark["message"] for remark in found["remarks"] if remark["severity"] == "warning"}
    assert "Secret has has no key key" in told["auth.apiKeySecret"]
    assert "Secret lost does not exist" in told["huggingFace.tokenSecret"]
    assert "ConfigMap lost does not exist" in told["engine.envFrom"]
    assert "StorageClass nowhere does not exist" in told["cache.storageClassName"]
    assert "RuntimeClass kata does not exist" in told["gpu.runtimeClassName"]
    assert "the biggest that matches has 8" in told[""]


def test_plan_counts_the_gpus_that_are_free(services: ModelServices, planner: Planner) -> None:
    services.create("holds", gpu={"count": 6})
    services.wait(READY, "holds")
    planner.write(gpu={"count": 2}, replicas=2)
    found = planner.plan(code=6)
    assert reasons(found, "warning") == {"NotEnoughGPUs"}
    assert "2 pods with 2 nvidia.com/gpu each need a place, and 1 of them" in planner.told(code=6)
    planner.write(gpu={"count": 2})
    assert reasons(planner.plan(code=6), "warning") == set()


def test_plan_counts_what_a_quota_leaves(services: ModelServices, planner: Planner) -> None:
    quota = {"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "2"}}}
    services.client.create(quota, services.namespace)
    services.client.wait(
        "ResourceQuota", "q", services.namespace, lambda seen: bool(seen.get("status", {}).get("hard"))
    )
    planner.write(replicas=3)
    assert "ResourceQuota q leaves 2 of pods, and 3 more pods ask for 3" in planner.told(code=6)


@pytest.fixture
def configured(services: ModelServices) -> Iterator[None]:
    """What the chart writes of an operator that has an engine from outside."""
    labels = {"app.kubernetes.io/name": "modelservice-operator"}
    body: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config", "labels": labels}}
    services.client.create({**body, "data": {"config.yaml": CONFIG}}, services.namespace)
    yield
    services.client.delete("ConfigMap", "config", services.namespace)


@pytest.mark.usefixtures("configured")
def test_plan_knows_an_engine_from_outside_once_its_package_is_there(planner: Planner) -> None:
    planner.write(engine={"type": "fast.example.org"})
    told = planner.program.refused("plan", str(planner.file), code=1)
    assert "fast_engine:ENGINE cannot be imported" in told
    assert "install the engine's package beside this command" in told
    (planner.program.folder / "fast_engine.py").write_text(FAST)
    found = planner.plan(code=6)
    assert ("Deployment", "create") in changes(found)
    assert reasons(found, "error") == set()


def test_plan_with_few_rights_says_what_it_could_not_look_at(
    services: ModelServices, planner: Planner, api: Client, tmp_path: Path
) -> None:
    services.create()
    services.wait(READY)
    weak = user(api, services.namespace, tmp_path)
    planner.write(replicas=2)
    words = ("plan", str(planner.file), "--kubeconfig", str(weak), "-o", "json")
    [found] = json.loads(planner.program(*words, code=1))
    assert reasons(found, "error") == {"Forbidden"}
    notes = " ".join(remark["message"] for remark in found["remarks"] if remark["severity"] == "note")
    assert "you may not patch deployments" in notes
    assert "you may not list nodes" in notes
    assert fields(found, "Deployment") == {"spec.replicas": (1, 2)}


def user(api: Client, namespace: str, folder: Path) -> Path:
    """Who may read all of the namespace (but Secrets) and change nothing."""
    words = ("create", "rolebinding", "view", "--clusterrole=view", f"--serviceaccount={namespace}:default")
    api.kubectl(*words, "-n", namespace)
    rules = [
        {"apiGroups": ["modelservice.io"], "resources": ["modelservices"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["controllerrevisions"], "verbs": ["get", "list"]},
    ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reads"}, "rules": rules}
    api.create(role, namespace)
    api.kubectl(
        "create", "rolebinding", "reads", "--role=reads", f"--serviceaccount={namespace}:default", "-n", namespace
    )
    allowed = ("auth", "can-i", "list", "modelservices", "-n", namespace, "--as")
    at_last(lambda: "yes" in api.kubectl(*allowed, f"system:serviceaccount:{namespace}:default"))
    config = yaml.safe_load(api.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": api.kubectl("create", "token", "default", "-n", namespace).strip()}
    path = folder / "weak.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def test_plan_of_a_taken_name_says_so(services: ModelServices, planner: Planner) -> None:
    body: Manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {"ports": [{"port": 80}]},
    }
    services.client.create(body, services.namespace)
    planner.write()
    assert "NameConflict" in reasons(planner.plan(code=1), "error")
    planner.apply()
    services.wait(has("Stalled", reason="NameConflict"))
