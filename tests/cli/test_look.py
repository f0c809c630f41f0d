"""`list`, `status`, `url`: what people and scripts read of a service."""

from __future__ import annotations

import json

import pytest
import yaml

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from lab.client import Client
from lab.stages import PLAYS
from model_services import READY, ModelServices, has

CRASHES = {"metadata": {"annotations": {PLAYS: "crash"}}}


def test_list_shows_what_kubectl_shows(services: ModelServices, modelservice: Program, api: Client) -> None:
    services.create(replicas=2)
    services.wait(READY)
    head, row = modelservice("list").splitlines()
    assert head.split() == ["NAME", "MODEL", "ENGINE", "GPU", "READY", "STATUS", "AGE"]
    assert row.split()[:-1] == ["qwen", "org/model", "mock", "CPU", "2/2", "Ready"]
    theirs = api.kubectl("get", "modelservices", "-n", services.namespace).splitlines()
    assert [line.split()[:6] for line in theirs] == [line.split()[:6] for line in (head, row)]


def test_list_of_nothing_says_where_to_look(modelservice: Program) -> None:
    assert modelservice("list") == "No ModelServices in this namespace; -A looks in all.\n"


def test_list_gives_scripts_names_json_and_yaml(services: ModelServices, modelservice: Program) -> None:
    services.create("one")
    services.create("two")
    assert modelservice("list", "-o", "name").split() == [
        "modelservice.modelservice.io/one",
        "modelservice.modelservice.io/two",
    ]
    listed = json.loads(modelservice("list", "-o", "json"))
    assert [item["metadata"]["name"] for item in listed["items"]] == ["one", "two"]
    assert {item["kind"] for item in yaml.safe_load_all(modelservice("list", "-o", "yaml"))} == {"ModelService"}


def test_list_everywhere_names_the_namespace(services: ModelServices, modelservice: Program) -> None:
    services.create()
    rows = [line.split()[:2] for line in modelservice("list", "-A").splitlines()]
    assert [services.namespace, "qwen"] in rows


def test_list_watch_shows_each_change(services: ModelServices, modelservice: Program) -> None:
    services.create(replicas=1)
    services.wait(READY)
    with PseudoTerminal(modelservice, "list", "-w") as terminal:
        terminal.wait_for(r"qwen .*1/1 +Ready")
        services.edit(suspend=True)
        terminal.wait_for(r"qwen .*Suspended")
        services.delete()
        terminal.wait_for(r"qwen .*Deleted")
        terminal.interrupt()
        assert terminal.ended() == 130


def test_status_tells_all_about_a_service_that_serves(services: ModelServices, modelservice: Program) -> None:
    services.create(gpu={"count": 1}, engine={"type": "vllm"})
    services.wait(READY)
    page = modelservice("status", "qwen")
    wanted = ("qwen   Ready   1/1", "http://qwen.", "scheduling ", "1 x NVIDIA-H200", "Deployment/qwen", "gpu-1")
    assert [text for text in wanted if text not in page] == [], page


def test_status_tells_what_a_service_waits_for(services: ModelServices, modelservice: Program) -> None:
    services.create(gpu={"count": 16}, engine={"type": "vllm"})
    services.wait(has("Scheduled", "False", "NotEnoughGPUs"))
    page = modelservice("status", "qwen")
    assert "qwen   NoGPU   0/1" in page
    assert "FailedScheduling" in page
    assert "scheduling" in page
    assert "so far" in page


def test_status_tells_the_steps_of_a_crash(services: ModelServices, modelservice: Program) -> None:
    services.create(podTemplate=CRASHES)
    services.wait(has("Ready", "False", "CrashLoop"))
    page = modelservice("status", "qwen")
    assert "CrashLoopBackOff" in page


def test_status_as_json_is_the_resource(services: ModelServices, modelservice: Program) -> None:
    services.create()
    assert json.loads(modelservice("status", "qwen", "-o", "json"))["spec"]["model"] == "org/model"


def test_url_is_for_scripts(services: ModelServices, modelservice: Program) -> None:
    services.create()
    services.settled()
    base = f"http://qwen.{services.namespace}.svc.cluster.local:8000"
    assert modelservice("url", "qwen") == f"{base}/v1\n"
    assert modelservice("url", "qwen", "--base") == f"{base}\n"


@pytest.mark.parametrize("command", ["status", "url", "logs", "wait"])
def test_missing_service_is_exit_code_4_and_says_what_to_type(modelservice: Program, command: str) -> None:
    said = modelservice.refused(command, "nobody", code=4)
    assert said.startswith('error: modelservices.modelservice.io "nobody" not found in namespace ')
