"""`chat`, `call`, `top`, `bench` and the SDK, from outside the cluster: what a person's machine gets of real pods."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from lab.client import Client, condition
from node.conftest import Serve

NAMESPACE = "talk"
TINY = {"model": "org/tiny", "engine": {"type": "mock"}, "replicas": 2}
SLOW = {"model": "org/slow", "engine": {"type": "mock", "args": ["--token-rate", "5"]}}
LOCKED = {
    "model": "org/locked",
    "engine": {"type": "mock"},
    "auth": {"apiKeySecret": {"name": "key", "key": "value"}},
}
KEY = "s3cret-of-the-test"


@pytest.fixture(scope="module")
def serving(cluster: Client, operator: str) -> Iterator[Serve]:  # noqa: ARG001 (it must run)
    """Three services that answer: one with two replicas, one that is slow, one that asks for a key."""
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    cluster.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"value": KEY}}, NAMESPACE
    )
    serve = Serve(cluster, NAMESPACE)
    services = {"tiny": TINY, "slow": SLOW, "locked": LOCKED}
    for name, spec in services.items():
        serve(name, spec)
    for name in services:
        serve.ready(name)
    yield serve
    cluster.delete("Namespace", NAMESPACE)


@pytest.fixture
def modelservice(serving: Serve, tmp_path: Path) -> Program:
    """The command line of somebody whose machine is not in the cluster."""
    return Program(serving.client.kubeconfig, NAMESPACE, tmp_path)


def test_call_gets_what_the_server_offers(modelservice: Program) -> None:
    listed = json.loads(modelservice("call", "tiny", "/v1/models"))
    assert [model["id"] for model in listed["data"]] == ["org/tiny", "tiny"]


def test_call_posts_data_and_fails_with_the_answer_when_it_is_refused(modelservice: Program) -> None:
    told = json.loads(modelservice("call", "tiny", "tokenize", "--data", '{"prompt": "hello world"}'))
    assert told["count"] == 2
    done = modelservice.run("call", "tiny", "/v1/completions", "--data", "@-", stdin='{"model": "other"}')
    assert done.returncode == 1
    assert "does not exist" in json.loads(done.stdout)["error"]["message"]
    assert done.stderr == "error: tiny answers 404 to POST /v1/completions\n"


def test_call_brings_the_key_and_never_shows_it(modelservice: Program) -> None:
    done = modelservice.run("call", "locked", "/v1/models")
    assert done.returncode == 0
    assert json.loads(done.stdout)["data"][0]["id"] == "org/locked"
    assert KEY not in done.stdout + done.stderr


def test_chat_asks_one_question_of_a_script(modelservice: Program) -> None:
    assert modelservice("chat", "tiny", "hello from a script") == "hello from a script\n"
    assert modelservice("chat", "locked", stdin="hello from a pipe") == "hello from a pipe\n"


def test_chat_at_a_terminal_streams_is_stopped_and_goes_on(modelservice: Program) -> None:
    with PseudoTerminal(modelservice, "chat", "slow") as terminal:
        terminal.wait_for(r"Ctrl-D ends\.\s+> ")
        terminal.type("one two three four five six seven eight nine ten")
        terminal.wait_for(r"ten\s+one two")
        terminal.interrupt()
        terminal.wait_for(r"\(stopped\)\s+> ")
        assert "nine ten\r\none two three four five six seven eight nine ten" not in terminal.text
        terminal.forget()
        terminal.type("again")
        terminal.wait_for(r"again\s+again\s+> ")
        terminal.end_input()
        assert terminal.ended() == 0


def test_chat_survives_the_pod_that_answered(modelservice: Program, serving: Serve) -> None:
    with PseudoTerminal(modelservice, "chat", "slow") as terminal:
        terminal.wait_for("Ctrl-D ends")
        terminal.type("first")
        terminal.wait_for(r"first\s+first\s+> ")
        labels = "modelservice.io/name=slow"
        (before,) = serving.client.list("Pod", NAMESPACE, labels=labels)
        serving.client.delete("Pod", before["metadata"]["name"], NAMESPACE, gracePeriodSeconds=0)
        serving.client.wait_gone("Pod", before["metadata"]["name"], NAMESPACE)
        serving.client.wait("ModelService", "slow", NAMESPACE, condition("Available", "False"))
        serving.ready("slow")
        terminal.forget()
        terminal.type("second")
        terminal.wait_for(r"second\s+second\s+> ")
        terminal.end_input()
        assert terminal.ended() == 0
