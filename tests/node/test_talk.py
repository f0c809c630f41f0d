"""What only a real kubelet shows of `chat`, `call`, `bench`, `top` and the SDK: its own port-forward, pods that come
and go, and a command line that is in a pod itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from docs.pages import ROOT
from node.conftest import Serve

PROGRAM = ROOT / "examples" / "cluster.py"
OPERATOR = "localhost/modelservice/operator:lab"
"""The image, which has the command line too."""


@pytest.fixture
def modelservice(serve: Serve, tmp_path: Path) -> Program:
    """The command line of somebody whose machine is not in the cluster, and a service that answers."""
    serve("tiny", {"model": "org/tiny", "engine": {"type": "mock"}})
    serve.ready("tiny")
    return Program(serve.client.kubeconfig, serve.namespace, tmp_path)


def test_pod_is_talked_to_from_outside(modelservice: Program) -> None:
    listed = json.loads(modelservice("call", "tiny", "/v1/models"))
    assert [model["id"] for model in listed["data"]] == ["org/tiny", "tiny"]
    words = "so many words that the answer is a stream of some length"
    assert modelservice("chat", "tiny", words) == f"{words}\n"
    (told,) = json.loads(modelservice("top", "tiny", "--interval", "1s", "-o", "json"))
    assert (told["requestsRunning"], told["tokensPerSecond"], len(told["pods"])) == (0, 0, 1)
    (measured,) = json.loads(modelservice("bench", "tiny", "--requests", "8", "-o", "json"))["servers"]
    assert (measured["answered"], measured["errors"]) == (8, {})


def test_chat_goes_on_with_the_pod_that_took_the_others_place(modelservice: Program, serve: Serve) -> None:
    with PseudoTerminal(modelservice, "chat", "tiny") as terminal:
        terminal.wait_for(r"Ctrl-D ends\.\s+> ")
        terminal.type("first")
        terminal.wait_for(r"\nfirst\r?\n")
        (before,) = serve.client.list("Pod", serve.namespace, labels="modelservice.io/name=tiny")
        serve.client.delete("Pod", before["metadata"]["name"], serve.namespace, gracePeriodSeconds=0)
        serve.client.wait_gone("Pod", before["metadata"]["name"], serve.namespace)
        serve.client.kubectl("wait", "--for=condition=Ready", "pod", "-l", "modelservice.io/name=tiny", *_in(serve))
        terminal.type("second")
        terminal.wait_for(r"\nsecond\r?\n> ")
        terminal.end_input()
        assert terminal.ended() == 0


def test_bench_in_a_pod_asks_the_service_itself(modelservice: Program, serve: Serve) -> None:  # noqa: ARG001
    rule = {"apiGroups": ["modelservice.io"], "resources": ["modelservices"], "verbs": ["get"]}
    serve.client.kubectl(
        "create",
        "rolebinding",
        "may-look",
        "--role=look",
        f"--serviceaccount={serve.namespace}:default",
        *_in(serve)[:1],
    )
    serve.client.create(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "look"}, "rules": [rule]},
        serve.namespace,
    )
    command = ["modelservice", "bench", "tiny", "--requests", "8", "--max-tokens", "4", "-o", "json"]
    container = {"name": "bench", "image": OPERATOR, "imagePullPolicy": "Never", "command": command}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bench"},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    serve.client.create(pod, serve.namespace)
    ended = serve.client.wait(
        "Pod", "bench", serve.namespace, lambda seen: seen["status"]["phase"] in ("Succeeded", "Failed"), 90
    )
    told = serve.client.kubectl("logs", "bench", *_in(serve)[:1])
    assert ended["status"]["phase"] == "Succeeded", told
    (measured,) = json.loads(told[told.index("{") :])["servers"]  # what comes before went to standard error
    assert (measured["name"], measured["answered"], measured["errors"]) == ("tiny", 8, {})


@pytest.fixture
def config(serve: Serve, tmp_path: Path) -> Path:
    """A kubeconfig whose context names the test's namespace, as that of somebody who works there."""
    path = tmp_path / "kubeconfig"
    path.write_text(serve.client.kubectl("config", "view", "--raw", "--flatten"))
    serve.client.kubectl(f"--kubeconfig={path}", "config", "set-context", "--current", *_in(serve)[:1])
    return path


def test_example_program_serves_a_model_for_itself(config: Path, serve: Serve) -> None:
    done = subprocess.run(
        [sys.executable, PROGRAM], env={**os.environ, "KUBECONFIG": str(config)}, capture_output=True, text=True
    )
    assert done.stdout == "Say this is a test.\n", done.stderr
    assert serve.client.find("ModelService", "model", serve.namespace) is None


def test_notebook_serves_a_model_in_the_cluster_and_shows_its_progress_in_the_cell(
    config: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(config))
    cell = nbformat.v4.new_code_cell(PROGRAM.read_text())
    shown: list[str] = []

    def note(cell: nbformat.NotebookNode, cell_index: int, execute_reply: object) -> None:  # noqa: ARG001
        shown.extend(str(output) for output in cell.outputs)

    NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=120, on_cell_executed=note).execute()
    assert "Say this is a test." in "".join(shown)
    assert "display_data" in [output.output_type for output in cell.outputs], "its progress was a cell's output"
    assert serve.client.find("ModelService", "model", serve.namespace) is None


def _in(serve: Serve) -> tuple[str, str]:
    return f"--namespace={serve.namespace}", "--timeout=60s"
