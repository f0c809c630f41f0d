"""`adopt` and `eject` on a real API server: the same pods before, between and afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from cli.conftest import Program
from eventually import at_last
from lab.client import Client, Manifest
from lab.gate import Gate, Request
from lab.lab import Lab
from lab.stages import PLAYS
from model_services import READY, ModelServices, conditions

NAME = "mistral"
LABELS = {"app": NAME, "app.kubernetes.io/name": "vllm-chart"}
ARGS = ["--model", "mistralai/Mistral-7B-v0.3", "--max-model-len", "4096"]
OPERATOR_MARKS = ("modelservice.io/applied", "modelservice.io/revision")


def deployment(replicas: int = 2, **template: Any) -> Manifest:
    container = {
        "name": "mistral",
        "image": "vllm/vllm-openai:v0.32.0",
        "command": ["vllm", "serve"],
        "args": ARGS[1:],
        "ports": [{"containerPort": 8000}],
        **template,
    }
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": {**LABELS, "team": "nlp"}}, "spec": {"containers": [container]}},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME}, "spec": spec}


SERVICE: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": NAME, "annotations": {"kept": "yes"}},
    "spec": {"selector": {"app": NAME}, "ports": [{"name": "web", "port": 80, "targetPort": 8000}]},
}
AUTOSCALER: Manifest = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": NAME},
    "spec": {"minReplicas": 2, "maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": NAME}},
}
AUTOSCALER["spec"]["scaleTargetRef"]["apiVersion"] = "apps/v1"


@pytest.fixture
def running(services: ModelServices) -> Callable[..., ModelServices]:
    """A Deployment whose pods are ready, with whatever else."""

    def start(*more: Manifest, **changes: Any) -> ModelServices:
        for body in (deployment(**changes), *more):
            services.client.create(body, services.namespace)
        wanted = changes.get("replicas", 2)
        services.wait_child("Deployment", lambda one: one.get("status", {}).get("readyReplicas") == wanted, NAME)
        return services

    return start


def pods(services: ModelServices) -> dict[str, Manifest]:
    """By uid."""
    found = services.client.list("Pod", services.namespace, labels=f"app={NAME}")
    return {pod["metadata"]["uid"]: pod for pod in found if "deletionTimestamp" not in pod["metadata"]}


def endpoints(services: ModelServices, name: str = NAME) -> list[tuple[str, int]]:
    slices = services.client.list("EndpointSlice", services.namespace, labels=f"kubernetes.io/service-name={name}")
    return sorted(
        (point["targetRef"]["uid"], port["port"])
        for one in slices
        for point in one["endpoints"] or ()
        for port in one["ports"]
    )


def complete(found: list[tuple[str, int]], wanted: dict[str, Manifest]) -> list[tuple[str, int]]:
    """Nothing, until every one of these pods is reached."""
    return found if {uid for uid, _ in found} == wanted.keys() else []


def test_adopted_pods_are_the_same_and_nothing_rolls(
    running: Callable[..., ModelServices], modelservice: Program
) -> None:
    services = running(SERVICE, AUTOSCALER)
    before = pods(services)
    reached = at_last(lambda: complete(endpoints(services), before))
    assert modelservice("adopt", NAME, "--yes") == f"modelservice.modelservice.io/{NAME} adopted\n"
    body = services.wait(READY, NAME)
    assert body["spec"]["replicas"] == 2
    assert body["spec"]["service"]["port"] == 80
    assert pods(services).keys() == before.keys()
    assert endpoints(services) == reached
    ours = services.child("Deployment", NAME)
    assert ours["metadata"]["ownerReferences"][0]["uid"] == body["metadata"]["uid"]
    assert ours["spec"]["template"]["metadata"]["labels"] | LABELS == ours["spec"]["template"]["metadata"]["labels"]
    assert services.child("Service", NAME)["metadata"]["annotations"]["kept"] == "yes"
    target = services.child("HorizontalPodAutoscaler", NAME)["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("ModelService", NAME)
    assert conditions(body)["UpToDate"][0] == "False"
    kept = services.child("ConfigMap", f"{NAME}-adopted")["data"]
    assert yaml.safe_load(kept["deployment.yaml"])["spec"]["selector"]["matchLabels"] == LABELS
    assert len(services.client.list("ReplicaSet", services.namespace)) == 1
    page = modelservice("status", NAME)
    assert re.search(r"start .* loading \d+", page), "its container is called otherwise than ours, and is found"


def test_adopted_service_restarts_into_the_operators_own_pods(
    running: Callable[..., ModelServices], modelservice: Program
) -> None:
    services = running(SERVICE, replicas=1)
    before = pods(services)
    modelservice("adopt", NAME, "--yes")
    services.edit(NAME, podTemplate={"metadata": {"labels": {"team": "nlp", "app": NAME}}}, gpu={"count": 0})
    modelservice("restart", NAME)
    services.wait_child("Deployment", lambda one: _first(one)["name"] == "engine", NAME)
    services.wait(READY, NAME)
    assert not pods(services).keys() & before.keys()
    services.wait_child("Service", lambda one: one["spec"]["ports"][0]["targetPort"] == "http", NAME)


def test_ejected_service_leaves_plain_objects_and_the_same_pods(
    services: ModelServices, modelservice: Program, api: Client
) -> None:
    services.create(NAME, replicas=2, podTemplate={"metadata": {"labels": {"app": NAME}}})
    services.wait(READY, NAME)
    before = pods(services)
    told = modelservice("eject", NAME, "--yes")
    assert f"deployment/{NAME}" in told
    assert f"service/{NAME}" in told
    assert api.find("ModelService", NAME, services.namespace) is None
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        metadata = services.child(kind, NAME)["metadata"]
        assert "ownerReferences" not in metadata
        assert not {*OPERATOR_MARKS} & metadata.get("annotations", {}).keys()
        assert "app.kubernetes.io/managed-by" not in metadata["labels"]
    assert not services.children("ControllerRevision")
    api.patch("Deployment", NAME, {"metadata": {"labels": {"mine": "now"}}}, services.namespace)
    assert pods(services).keys() == before.keys()


def test_adopt_then_eject_then_adopt_again_keeps_the_pods(
    running: Callable[..., ModelServices], modelservice: Program
) -> None:
    services = running(SERVICE, replicas=1)
    before = pods(services)
    modelservice("adopt", NAME, "--yes")
    modelservice("eject", NAME, "--yes")
    modelservice("adopt", NAME, "--yes")
    assert pods(services).keys() == before.keys()


def test_adopt_that_is_killed_before_any_of_its_writes_goes_on_when_run_again(
    running: Callable[..., ModelServices], modelservice: Program, lab: Lab
) -> None:
    services = running(SERVICE, AUTOSCALER)
    before = pods(services)
    reached = at_last(lambda: complete(endpoints(services), before))
    with Gate(lab.controlplane) as gate:
        words = ("adopt", NAME, "--yes", "--kubeconfig", str(gate.kubeconfig()))
        done: list[str] = []
        while killed_before_another_write(gate, modelservice, words, done):
            assert pods(services).keys() == before.keys(), done
    assert len(done) > 10
    body = services.wait(READY, NAME)
    assert "modelservice.io/adopting" not in body["metadata"].get("annotations", {})
    assert pods(services).keys() == before.keys()
    at_last(lambda: endpoints(services) == reached)
    target = services.child("HorizontalPodAutoscaler", NAME)["spec"]["scaleTargetRef"]
    assert target["kind"] == "ModelService"


def killed_before_another_write(gate: Gate, modelservice: Program, words: tuple[str, ...], done: list[str]) -> bool:
    """Whether it came to a write that is not among those `done`; it is killed there, and may do that one next time."""
    came: list[str] = []

    def another(request: Request) -> bool:
        write = f"{request.method} {request.path}"
        if request.writes and "dryRun" not in request.query and write not in done and not came:
            came.append(write)
            process.kill()
        return bool(came)

    gate.answer(500, to=another)
    process = modelservice.start(*words)
    _, told = process.communicate(timeout=120)
    done += came
    assert came or process.returncode == 0, told
    return bool(came)


def test_adopt_gives_another_name_where_the_deployments_is_not_wanted(
    running: Callable[..., ModelServices], modelservice: Program, api: Client
) -> None:
    services = running(SERVICE, AUTOSCALER)
    before = pods(services)
    reached = at_last(lambda: complete(endpoints(services), before))
    assert modelservice("adopt", NAME, "--name", "chat", "--yes") == "modelservice.modelservice.io/chat adopted\n"
    services.wait(READY, "chat")
    assert api.find("Deployment", NAME, services.namespace) is None
    assert pods(services).keys() == before.keys()
    assert endpoints(services) == reached, "the old address leads to them too"
    at_last(lambda: complete(endpoints(services, "chat"), before))
    target = services.child("HorizontalPodAutoscaler", NAME)["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("ModelService", "chat")


def test_adopt_dry_run_prints_the_model_service_and_changes_nothing(
    running: Callable[..., ModelServices], modelservice: Program, api: Client
) -> None:
    services = running(replicas=1)
    body = yaml.safe_load(modelservice("adopt", NAME, "--dry-run"))
    assert body["spec"]["model"] == "mistralai/Mistral-7B-v0.3"
    assert body["spec"]["serving"] == {"contextLength": 4096}
    assert api.find("ModelService", NAME, services.namespace) is None
    assert api.find("ConfigMap", f"{NAME}-adopted", services.namespace) is None


def test_adopt_asks_first(running: Callable[..., ModelServices], modelservice: Program) -> None:
    running(replicas=1)
    done = modelservice.run("adopt", NAME)
    assert done.returncode == 2
    assert "Adopt Deployment mistral with its 1 pod in namespace" in done.stderr


def test_adopt_refuses_what_it_cannot_keep_running(services: ModelServices, modelservice: Program, api: Client) -> None:
    stopped = deployment(replicas=0)
    api.create(stopped, services.namespace)
    assert "has no replicas" in modelservice.refused("adopt", NAME, code=1)
    hangs = deployment()
    hangs["metadata"]["name"] = "hangs"
    hangs["spec"]["template"]["metadata"]["annotations"] = {PLAYS: "hang"}
    api.create(hangs, services.namespace)
    assert "is not rolled out" in modelservice.refused("adopt", "hangs", code=1)
    assert "`kubectl get deployments.apps` shows" in modelservice.refused("adopt", "nobody", code=4)


def _first(deployment: Manifest) -> Manifest:
    container: Manifest = deployment["spec"]["template"]["spec"]["containers"][0]
    return container
