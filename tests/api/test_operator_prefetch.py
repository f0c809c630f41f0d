"""Models are fetched by Jobs before pods start: made, waited for, remade and left alone on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from claims import shared_claim
from lab import upkeep
from lab.client import Client, Manifest
from model_services import READY, ModelServices, conditions, has, message
from revisions import revision
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("operator", "nodes", "claim")

LOADER = "registry.example.org/models/loader"
CACHE = {"claimName": "models", "prefetch": True}
FETCHING = has("ModelCached", "False", "Downloading")


@pytest.fixture(scope="module")
def operator(api: Client, crd: None) -> Iterator[RunningOperator]:
    """One that knows a loader."""
    del crd
    with RunningOperator(api.kubeconfig, config={"loader": {"image": LOADER}}) as running:
        yield running.wait(running.leads)


@pytest.fixture
def claim(api: Client, namespace: str) -> None:
    shared_claim(api, namespace, "models")


def only_job(services: ModelServices, without: str = "") -> Manifest:
    [found] = [job for job in services.children("Job") if job["metadata"]["name"] != without]
    return found


def end(services: ModelServices, job: str, exit_code: int, message: str = "") -> None:
    """Let the Job's pod end, as the kubelet would say it."""
    pods = services.client.list("Pod", services.namespace, labels=f"job-name={job}")
    assert pods
    terminated = {"exitCode": exit_code, "message": message, "reason": "Error" if exit_code else "Completed"}
    status = {
        "phase": "Failed" if exit_code else "Succeeded",
        "containerStatuses": [
            {
                "name": "loader",
                "image": LOADER,
                "imageID": "x",
                "ready": False,
                "restartCount": 0,
                "state": {"terminated": terminated},
            }
        ],
    }
    name = pods[0]["metadata"]["name"]
    services.client.patch("Pod", name, {"status": status}, services.namespace, subresource="status")


def pod_of_job(services: ModelServices, job: str) -> None:
    def has_pod(_: Manifest) -> bool:
        return bool(services.client.list("Pod", services.namespace, labels=f"job-name={job}"))

    services.wait(has_pod)


def begun(services: ModelServices) -> str:
    """The Job that prunes now, once it has a pod."""
    found: list[str] = []

    def has_pod(_: Manifest) -> bool:
        pods = services.client.list("Pod", services.namespace, labels="modelservice.io/component=pruner")
        alive = [pod["metadata"] for pod in pods if pod["status"]["phase"] == "Pending"]
        found[:] = [pod["labels"]["job-name"] for pod in alive if "deletionTimestamp" not in pod]
        return bool(found)

    services.wait(has_pod)
    return found[0]


def kept(services: ModelServices, job: str) -> list[str]:
    """What a Job that prunes leaves where it is."""
    words = services.child("Job", job)["spec"]["template"]["spec"]["containers"][0]["args"]
    return [words[at + 1] for at, word in enumerate(words) if word == "--keep"]


def test_pods_wait_for_the_model_and_a_change_is_fetched_while_the_old_revision_serves(services: ModelServices) -> None:
    services.create(cache=CACHE)
    services.wait(FETCHING)
    assert services.children("Deployment") == []
    first = only_job(services)["metadata"]["name"]
    pod_of_job(services, first)
    end(services, first, 0)
    good = services.wait(READY)["status"]["currentRevision"]
    assert services.events("ModelFetchStarted")
    services.edit(model="org/other")
    body = services.wait(FETCHING)
    assert (revision(services), conditions(body)["Available"][0]) == (good, "True")
    second = only_job(services, without=first)["metadata"]["name"]
    pod_of_job(services, second)
    end(services, second, 0)
    services.wait(lambda body: READY(body) and body["status"]["currentRevision"] != good)


def test_failure_for_good_needs_a_person_and_a_restart_tries_again(services: ModelServices) -> None:
    services.create(cache=CACHE)
    services.wait(FETCHING)
    job = only_job(services)["metadata"]["name"]
    pod_of_job(services, job)
    end(services, job, 2, '{"event": "failed", "reason": "Gated", "message": "It is gated.", "retry": false}')
    body = services.wait(has("Stalled", reason="ModelGated"))
    assert "huggingFace.tokenSecret" in message(body, "Stalled")
    services.edit(annotations={"modelservice.io/restart": "1"})
    services.wait(FETCHING)
    assert only_job(services, without=job)


def test_edit_while_a_model_is_fetched_ends_that_download(services: ModelServices) -> None:
    services.create(cache=CACHE)
    services.wait(FETCHING)
    old = only_job(services)["metadata"]["name"]
    services.edit(model="org/other")
    services.client.wait_gone("Job", old, services.namespace)
    services.wait(FETCHING)
    assert only_job(services)["metadata"]["name"] != old


@contextmanager
def no_place(client: Client) -> Iterator[None]:
    """No pod gets a node meanwhile."""
    names = [node["metadata"]["name"] for node in client.list("Node")]
    for name in names:
        upkeep.cordon(client, name)
    try:
        yield
    finally:
        for name in names:
            upkeep.uncordon(client, name)


def test_old_revision_is_pruned_once_nobody_can_come_back_to_it_and_who_comes_meanwhile_waits(
    services: ModelServices,
) -> None:
    services.create(model="org/model@v1", cache={**CACHE, "prune": "Unused"})
    first = services.wait(lambda body: READY(body) and "pruned" in body["status"]["model"])["status"]
    fetched = {job["metadata"]["name"] for job in services.children("Job") if "-fetch-" in job["metadata"]["name"]}
    services.edit(model="org/model@v2")
    services.wait(lambda body: READY(body) and body["status"]["currentRevision"] != first["currentRevision"])
    assert "pruned" not in services.get()["status"]["model"]

    with no_place(services.client):
        for job in fetched:
            services.client.delete("Job", job, services.namespace)  # as each goes by itself, some time after its end
        prune = begun(services)
        assert kept(services, prune) == ["hf://org/model@v2"]
        services.create("late", model="org/other", cache=CACHE)
        services.wait(lambda body: "old revisions" in body.get("status", {}).get("message", ""), "late")
        assert not [job for job in services.children("Job") if job["metadata"]["name"].startswith("late")]
        end(services, prune, 0, '{"event": "pruned", "removed": ["hf://org/model@v1"], "bytes": 4800000000}')
        body = services.wait(lambda body: "pruned" in body["status"]["model"])
        said = (
            "hf://org/model@v1 removed from PersistentVolumeClaim models, since no ModelService of the namespace uses "
            "it: 4.8 GB are free again."
        )
        assert body["status"]["model"]["pruned"] == {"freedBytes": 4800000000, "message": said}
        services.wait(lambda _: [event["message"] for event in services.events("CachePruned")] == [said])
    services.wait(READY, "late")
