"""Revisions on a real cluster: promoted, taken back, tried again."""

from __future__ import annotations

from typing import Any

import pytest

from eventually import at_last
from model_services import READY, ModelServices, conditions, has, message
from revisions import plays, revision

pytestmark = pytest.mark.usefixtures("operator", "nodes")


def test_crashing_revision_is_taken_back_and_the_next_edit_tries_again(services: ModelServices) -> None:
    services.create()
    good = services.wait(READY)["status"]["currentRevision"]
    services.edit(podTemplate=plays("crash"))
    body = services.wait(has("Stalled", reason="Reverted"))
    assert revision(services) == good
    assert body["status"]["currentRevision"] == good
    assert body["status"]["updateRevision"] != good
    assert "crashed" in message(body, "Stalled")
    assert [event["type"] for event in services.events("Reverted")] == ["Warning"]
    services.edit(replicas=2)
    scaled = services.wait(lambda body: has("Stalled", reason="Reverted")(body) and body["status"]["ready"] == "2/2")
    assert conditions(scaled)["Available"][0] == "True"
    assert revision(services) == good
    services.edit(podTemplate=plays("ready"))
    mended = services.wait(READY)
    assert mended["status"]["currentRevision"] not in (good, body["status"]["updateRevision"])


def test_edit_back_after_a_revert_needs_no_new_pods(services: ModelServices) -> None:
    services.create()
    services.wait(READY)
    services.edit(podTemplate=plays("crash"))
    services.wait(has("Stalled", reason="Reverted"))
    at_last(lambda: len(services.children("Pod")) == 1, within=60)
    before = {pod["metadata"]["uid"] for pod in services.children("Pod")}
    services.edit(podTemplate=None)
    services.wait(READY)
    assert before == {pod["metadata"]["uid"] for pod in services.children("Pod")}


def test_revision_that_does_not_answer_in_time_is_taken_back(services: ModelServices) -> None:
    services.create(startupTimeoutSeconds=10)
    good = services.wait(READY)["status"]["currentRevision"]
    services.edit(podTemplate=plays("hang"))
    body = services.wait(has("Stalled", reason="Reverted"), timeout=60)
    assert "10 s" in message(body, "Stalled")
    assert revision(services) == good


def test_waiting_for_a_gpu_is_no_failure_of_a_revision(services: ModelServices) -> None:
    services.create("occupant", gpu={"count": 8})
    services.wait(READY, "occupant")
    services.create(startupTimeoutSeconds=10)
    services.wait(READY)
    services.edit(gpu={"count": 1})
    body = services.wait(has("Scheduled", "False", "NotEnoughGPUs"), timeout=60)
    assert revision(services) == body["status"]["updateRevision"]
    assert conditions(body)["Stalled"][0] == "False"


def test_change_that_fits_on_no_node_waits_and_leaves_what_serves(services: ModelServices) -> None:
    services.create()
    good = services.wait(READY)["status"]["currentRevision"]
    services.edit(gpu={"count": 64})
    body = services.wait(has("Ready", "False", "NotEnoughGPUs"))
    assert revision(services) == good
    assert conditions(body)["Available"][0] == "True"


def test_kept_revision_keeps_its_files(services: ModelServices) -> None:
    def file(content: str) -> dict[str, Any]:
        return {"engine": {"files": [{"name": "note", "path": "/etc/note", "content": content}]}}

    services.create(engine={"type": "mock", **file("one")["engine"]})
    services.wait(READY)
    (kept,) = (found["metadata"]["name"] for found in services.children("ConfigMap"))
    services.edit(**file("two"), podTemplate=plays("crash"))
    services.wait(has("Stalled", reason="Reverted"))
    assert kept in {found["metadata"]["name"] for found in services.children("ConfigMap")}
    services.edit(podTemplate=None)
    services.wait(READY)
    (now,) = (found["metadata"]["name"] for found in services.children("ConfigMap"))
    assert now != kept
