"""What commands make of a status: it is written by hand here, so that every state can be had at will."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from lab.client import Client, Manifest, condition
from lab.fakenodes import FakeNodes
from lab.gate import Gate
from lab.lab import Lab
from model_services import manifest

Tell = Callable[..., None]


pytestmark = pytest.mark.usefixtures("nobody_operates")


@pytest.fixture
def tell(api: Client, namespace: str, modelservice: Program) -> Tell:  # noqa: ARG001 (the CRD)
    """Makes a ModelService and writes its status: phase, message, conditions that are true, and whatever else."""

    def write(name: str, phase: str, message: str = "", true: tuple[str, ...] = (), **more: Any) -> None:
        body = api.find("ModelService", name, namespace) or api.create(manifest(name), namespace)
        status = {"phase": phase, "message": message, "observedGeneration": body["metadata"]["generation"], **more}
        status["conditions"] = [_condition(type, "True", message) for type in true] + more.get("conditions", [])
        api.patch("ModelService", name, {"status": status}, namespace, "status")

    return write


def _condition(type: str, status: str, message: str, reason: str = "Because") -> Manifest:
    stamp = "2026-01-01T00:00:00Z"
    return {"type": type, "status": status, "reason": reason, "message": message, "lastTransitionTime": stamp}


def test_list_of_the_outdated_tells_what_a_restart_would_change(tell: Tell, modelservice: Program) -> None:
    told = "Newer defaults: image a -> b."
    tell("aged", "Ready", conditions=[_condition("UpToDate", "False", told, "NewerDefaults")])
    tell("fresh", "Ready", true=("UpToDate",))
    rows = [line.split(maxsplit=3) for line in modelservice("list", "--outdated").splitlines()]
    assert rows == [["NAME", "STATUS", "REASON", "CHANGE"], ["aged", "Ready", "NewerDefaults", told]]
    assert modelservice("list", "--outdated", "-o", "name") == "modelservice.modelservice.io/aged\n"


def test_status_without_an_operator_says_that_nobody_answered(modelservice: Program, api: Client) -> None:
    api.create(manifest("alone"), modelservice.where[1])
    assert "The operator has not answered this spec yet" in modelservice("status", "alone")


def test_logs_are_of_the_container_that_serves_or_of_those_that_fetch(
    tell: Tell, modelservice: Program, api: Client, lab: Lab, nodes: FakeNodes
) -> None:
    del nodes
    tell("qwen", "Ready")
    containers = {"containers": ["vllm"], "initContainers": ["setup", "loader", "loader-2"]}
    spec = {kind: [{"name": name, "image": "x"} for name in names] for kind, names in containers.items()}
    labels = {"modelservice.io/name": "qwen", "modelservice.io/component": "engine"}
    namespace = modelservice.where[1]
    api.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "qwen-0", "labels": labels}, "spec": spec}, namespace
    )
    api.wait("Pod", "qwen-0", namespace, condition("Ready"))
    with Gate(lab.controlplane) as gate:
        for words, asked in (([], {"vllm"}), (["--loader"], {"loader", "loader-2"})):
            gate.seen.clear()
            modelservice.run("logs", "qwen", "-f", *words, "--kubeconfig", str(gate.kubeconfig()))
            logs = [request for request in gate.seen if request.path.endswith("/pods/qwen-0/log")]
            assert {parse_qs(request.query)["container"][0] for request in logs} == asked


def test_wait_ends_at_once_when_it_is_ready(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Ready", true=("Ready",))
    done = modelservice.run("wait", "qwen")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("qwen: Ready after ")


def test_wait_fails_with_the_reason_when_only_a_person_can_help(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Invalid", "`--token-raet` is no option.", true=("Stalled",))
    said = modelservice.refused("wait", "qwen", code=1)
    assert said.startswith("error: qwen: Invalid: `--token-raet` is no option.\n\nhint: ")


def test_wait_does_not_believe_a_status_of_an_older_spec(tell: Tell, modelservice: Program, api: Client) -> None:
    tell("qwen", "Ready", true=("Ready",))
    api.patch("ModelService", "qwen", {"spec": {"model": "org/other"}}, modelservice.where[1])
    assert "is not ready in time: Waiting" in modelservice.refused("wait", "qwen", "--timeout", "1s", code=5)


def test_wait_in_a_pipe_is_a_line_for_each_state(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Loading", "The model has been loading for 10 s.")
    said = modelservice.refused("wait", "qwen", "--timeout", "2s", code=5)
    first, last, *_ = said.splitlines()
    assert first == "qwen: Loading: The model has been loading for 10 s."
    assert last == "error: qwen is not ready in time: Loading: The model has been loading for 10 s."
    assert "\x1b" not in said


def test_wait_on_a_terminal_shows_progress_in_place(tell: Tell, modelservice: Program) -> None:
    half, whole = 512 * 2**20, 1024 * 2**20
    tell("qwen", "Downloading", "Fetching.", model={"sizeBytes": whole, "doneBytes": half})
    with PseudoTerminal(modelservice, "wait", "qwen") as terminal:
        terminal.wait_for(r"qwen: Downloading: Fetching\. 50 % of 1024 MiB")
        assert "\r\x1b[K" in terminal.raw
        tell("qwen", "Loading", "Loading it.", model={"sizeBytes": whole, "doneBytes": whole})
        terminal.wait_for(r"qwen: Loading: Loading it\.")
        tell("qwen", "Ready", true=("Ready",))
        terminal.wait_for(r"qwen: Ready after \d+s")
        assert terminal.ended() == 0
        assert "\x1b[32mqwen" in terminal.raw


def test_no_color_is_honoured(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Ready", true=("Ready",))
    with PseudoTerminal(modelservice, "status", "qwen", NO_COLOR="1") as terminal:
        assert terminal.ended() == 0
        assert "qwen   Ready" in terminal.raw
        assert "\x1b[3" not in terminal.raw


def test_interrupted_wait_ends_at_once(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Loading", "Loading it.")
    with PseudoTerminal(modelservice, "wait", "qwen") as terminal:
        terminal.wait_for("Loading it")
        began = time.monotonic()
        terminal.interrupt()
        assert terminal.ended() == 130
        assert time.monotonic() - began < 20


def test_completion_knows_the_names_in_the_cluster(tell: Tell, modelservice: Program) -> None:
    tell("qwen", "Ready")
    tell("quick", "Ready")
    namespace = modelservice.where[1]
    modelservice.where = []
    assert modelservice("__complete", "status", "--namespace", namespace, "q").split() == ["quick", "qwen"]
    assert namespace in modelservice("__complete", "list", "-n", "test-").split()
