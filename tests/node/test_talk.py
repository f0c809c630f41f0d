"""What only a real kubelet shows of `chat`, `call` and `top`: its own port-forward, and pods that come and go."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from docs.pages import ROOT
from node.conftest import Serve


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
        terminal.wait_for(r"\nsecond\r?\n")
        terminal.end_input()
        assert terminal.ended() == 0


def test_example_program_serves_a_model_for_itself(modelservice: Program, serve: Serve) -> None:
    config = modelservice.folder / "kubeconfig"
    config.write_text(serve.client.kubectl("config", "view", "--raw", "--flatten"))
    serve.client.kubectl(f"--kubeconfig={config}", "config", "set-context", "--current", *_in(serve)[:1])
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "cluster.py"],
        env={**modelservice.environment, "KUBECONFIG": str(config)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Say this is a test.\n", done.stderr
    assert serve.client.find("ModelService", "model", serve.namespace) is None


def _in(serve: Serve) -> tuple[str, str]:
    return f"--namespace={serve.namespace}", "--timeout=60s"
