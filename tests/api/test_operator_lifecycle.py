"""A ModelService from its creation to its end: what it becomes, and what the operator says of it."""

from __future__ import annotations

import pytest

from kstatus import kstatus
from model_services import NAME, READY, ModelServices, conditions, has, message
from modelservice.api.status import Status

CHILDREN = ("Deployment", "ReplicaSet", "Pod", "Service", "ControllerRevision")

pytestmark = pytest.mark.usefixtures("operator", "nodes")


def said(body: dict[str, object]) -> str:
    """How Helm and GitOps tools read it."""
    metadata, status = body["metadata"], body.get("status")
    assert isinstance(metadata, dict)
    return kstatus(Status.model_validate(status) if status else None, metadata["generation"])


def test_created_service_answers_and_says_where(services: ModelServices) -> None:
    services.create(replicas=2)
    body = services.wait(READY)
    status = body["status"]
    assert services.child("Service")["spec"]["ports"][0]["port"] == 8000
    assert services.child("PodDisruptionBudget")["spec"]["maxUnavailable"]
    assert status["url"] == f"http://{NAME}.{services.namespace}.svc.cluster.local:8000"
    assert (status["replicas"], status["readyReplicas"], status["ready"]) == (2, 2, "2/2")
    assert status["currentRevision"] == services.children("ControllerRevision")[0]["metadata"]["name"]
    assert "updateRevision" not in status
    assert said(body) == "Current"


def test_service_is_in_progress_for_tools_from_the_first_moment(services: ModelServices) -> None:
    created = services.create(podTemplate={"metadata": {"annotations": {"lab.test/plays": "hang"}}})
    assert said(created) == "InProgress"
    body = services.settled()
    assert said(body) == "InProgress"
    assert conditions(body)["Available"] == ("False", "NoReplicaReady")


def test_edit_replaces_the_pods_and_is_promoted(services: ModelServices) -> None:
    services.create()
    first = services.wait(READY)["status"]["currentRevision"]
    services.edit(drainTimeoutSeconds=30)
    body = services.wait(lambda body: READY(body) and body["status"]["currentRevision"] != first)
    pod = services.child("Deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 50
    assert (
        body["status"]["currentRevision"]
        == services.child("Deployment")["metadata"]["annotations"]["modelservice.io/revision"]
    )


def test_scaling_through_the_scale_subresource_keeps_the_pods(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    template = services.child("Deployment")["spec"]["template"]
    services.client.kubectl("scale", "modelservice", NAME, "--replicas=3", f"--namespace={services.namespace}")
    body = services.wait(lambda body: body["status"].get("readyReplicas") == 3)
    assert services.child("Deployment")["spec"]["template"] == template
    assert len(services.children("ControllerRevision")) == 1
    scale = services.client.kubectl("get", "--raw", f"{body_path(body)}/scale")
    assert '"selector":"modelservice.io/name=qwen,modelservice.io/component=engine"' in scale


def test_suspended_service_stops_its_pods_and_keeps_all_else(services: ModelServices) -> None:
    services.create(replicas=2)
    services.wait(READY)
    services.edit(suspend=True)
    body = services.wait(has("Ready", reason="Suspended"))
    assert said(body) == "Current"
    assert conditions(body)["Available"][0] == "False"
    assert services.child("Deployment")["spec"]["replicas"] == 0
    assert services.child("Service")
    services.edit(suspend=False)
    assert services.wait(has("Ready", reason="Ready"))["status"]["readyReplicas"] == 2


def test_restart_annotation_replaces_the_pods_once(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    before = {pod["metadata"]["uid"] for pod in services.children("Pod")}
    services.edit(annotations={"modelservice.io/restart": "1"})
    services.wait(
        lambda body: READY(body) and not before & {pod["metadata"]["uid"] for pod in services.children("Pod")}
    )
    after = {pod["metadata"]["uid"] for pod in services.children("Pod")}
    services.edit(annotations={"modelservice.io/restart": None}, replicas=2)  # type: ignore[dict-item]
    services.wait(lambda body: body["status"].get("readyReplicas") == 2)
    assert after < {pod["metadata"]["uid"] for pod in services.children("Pod")}


def test_deleted_service_leaves_nothing_and_never_hangs(services: ModelServices) -> None:
    body = services.create()
    services.wait(READY)
    assert "finalizers" not in body["metadata"]
    children = [(kind, child["metadata"]["name"]) for kind in CHILDREN for child in services.children(kind)]
    services.delete()
    services.client.wait_gone("ModelService", NAME, services.namespace)
    for kind, name in children:
        services.client.wait_gone(kind, name, services.namespace)


def test_refused_edit_touches_nothing_that_runs(services: ModelServices) -> None:
    services.create(replicas=2)
    serving = services.wait(READY)["status"]
    before = services.child("Deployment")
    services.edit(engine={"args": ["--no-such-option"]})
    body = services.wait(has("Accepted", "False", "UnknownOption"))
    assert "--no-such-option" in message(body, "Stalled")
    assert conditions(body)["Available"][0] == "True"
    assert said(body) == "Failed"
    assert services.child("Deployment")["metadata"]["generation"] == before["metadata"]["generation"]
    services.edit(engine={"args": None})
    assert services.wait(READY)["status"]["currentRevision"] == serving["currentRevision"]


def test_refused_edit_scales_nothing_and_moves_no_service(services: ModelServices) -> None:
    services.create(replicas=3, service={"port": 9000})
    services.wait(READY)
    before = {kind: services.child(kind)["spec"] for kind in ("Deployment", "Service", "PodDisruptionBudget")}
    services.edit(engine={"args": ["--no-such-option"]}, replicas=1, service={"port": 80}, startupTimeoutSeconds=10)
    body = services.wait(has("Accepted", "False", "UnknownOption"))
    assert body["status"]["ready"] == "3/3"
    assert {kind: services.child(kind)["spec"] for kind in before} == before
    services.edit(engine={"args": None})
    services.wait(lambda body: READY(body) and body["status"]["ready"] == "1/1")
    assert services.child("Service")["spec"]["ports"][0]["port"] == 80


def test_refused_spec_can_be_stopped_and_started(services: ModelServices) -> None:
    services.create(replicas=2)
    services.wait(READY)
    services.edit(engine={"args": ["--no-such-option"]}, replicas=1)
    services.wait(has("Accepted", "False"))
    services.edit(suspend=True)
    services.wait_child("Deployment", lambda deployment: deployment["spec"]["replicas"] == 0)
    services.edit(suspend=False)
    services.wait_child("Deployment", lambda deployment: deployment["spec"]["replicas"] == 2)


def test_events_tell_turns_and_not_passes(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.client.kubectl("annotate", "modelservice", NAME, "note=1", f"--namespace={services.namespace}")
    services.edit(replicas=2)
    services.wait(lambda body: body["status"].get("readyReplicas") == 2)
    ready = services.events("Ready")
    assert [event["type"] for event in ready] == ["Normal"]


def body_path(body: dict[str, object]) -> str:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return f"/apis/modelservice.io/v1alpha1/namespaces/{metadata['namespace']}/modelservices/{metadata['name']}"
