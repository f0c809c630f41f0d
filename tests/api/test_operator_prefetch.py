"""Models are fetched by Jobs before pods start: made, waited for, remade and left alone on a real API server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from claims import shared_claim
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
