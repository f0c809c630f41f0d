"""`chat`, `call`, `bench` and `top`, through a real API server and Kubernetes' own port-forward, to model servers that
play the pods of fake nodes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from eventually import at_last
from lab.client import Client, Manifest
from lab.lab import Lab
from lab.stages import PLAYS
from mock_process import Server, running
from model_services import READY, ModelServices
from modelservice import ModelServer, ModelServerError

KEY = "s3cret-of-the-test"
NAMESPACE = "talk"
SERVERS = {
    "tiny": (),
    "slow": ("--token-rate", "5"),
    "locked": ("--api-key", KEY),
}


@pytest.fixture(scope="module")
def servers(lab: Lab, api: Client, operator: None, nodes: None) -> Iterator[dict[str, Server]]:  # noqa: ARG001
    """Three ModelServices that are Ready, and the processes that answer for their pods."""
    with ExitStack() as ends:
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        ends.callback(api.delete, "Namespace", NAMESPACE)
        secret = {"metadata": {"name": "key"}, "stringData": {"value": KEY}}
        api.create({"apiVersion": "v1", "kind": "Secret", **secret}, NAMESPACE)
        services = ModelServices(api, NAMESPACE)
        played: dict[str, Server] = {}
        for (name, words), port in zip(SERVERS.items(), lab.identity.ports.spare, strict=False):
            names = ("--model", f"org/{name}", "--served-model-name", f"org/{name}", name)
            played[name] = ends.enter_context(running("--host", "0.0.0.0", *names, *words, port=port))
            auth = {"auth": {"apiKeySecret": {"name": "key", "key": "value"}}} if name == "locked" else {}
            engine = {"type": "mock", "args": ["--port", str(port)]}
            hanging = {"metadata": {"annotations": {PLAYS: "hang"}}}
            services.create(name, model=f"org/{name}", engine=engine, podTemplate=hanging, **auth)
        for name in SERVERS:
            _plays(api, name)
        for name in SERVERS:
            services.wait(READY, name)
        yield played


def _plays(api: Client, name: str) -> None:
    """The pod gets an address of this machine, by which the API server's proxy finds the process, and is ready."""
    found = at_last(lambda: [pod for pod in _pods(api, name) if "podIP" in pod.get("status", {})], within=60)
    pod, here = found[0]["metadata"]["name"], _address()
    api.patch("Pod", pod, {"status": {"podIP": here, "podIPs": [{"ip": here}]}}, NAMESPACE, subresource="status")
    api.patch("Pod", pod, {"metadata": {"annotations": {PLAYS: "ready"}}}, NAMESPACE)


def _pods(api: Client, name: str) -> list[Manifest]:
    return api.list("Pod", NAMESPACE, labels=f"modelservice.io/name={name}")


def _address() -> str:
    """This machine's own, since the API server's proxy leads to no loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
        return address


@pytest.fixture
def modelservice(servers: dict[str, Server], api: Client, tmp_path: Path) -> Program:  # noqa: ARG001
    """The command line, in the namespace of those services."""
    return Program(api.kubeconfig, NAMESPACE, tmp_path)


def test_call_gets_what_the_server_offers(modelservice: Program) -> None:
    listed = json.loads(modelservice("call", "tiny", "/v1/models"))
    assert [model["id"] for model in listed["data"]] == ["org/tiny", "tiny"]


def test_call_posts_data_and_tells_a_refusal_by_its_exit_code(modelservice: Program) -> None:
    told = json.loads(modelservice("call", "tiny", "tokenize", "--data", '{"prompt": "hello"}'))
    assert told["count"] == 2
    done = modelservice.run("call", "tiny", "/v1/completions", "--data", "@-", stdin='{"model": "x", "prompt": "y"}')
    assert done.returncode == 1
    assert "does not exist" in json.loads(done.stdout)["error"]["message"]
    assert done.stderr == "error: tiny answers 404 to POST /v1/completions\n"


def test_call_brings_the_key_and_never_shows_it(modelservice: Program) -> None:
    done = modelservice.run("call", "locked", "/v1/models")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"][0]["id"] == "org/locked"
    assert KEY not in done.stdout + done.stderr


def test_call_with_data_that_is_no_json_sends_nothing(modelservice: Program) -> None:
    assert "--data is no JSON" in modelservice.refused("call", "tiny", "/v1/completions", "--data", "{", code=2)


def test_service_that_is_not_there_or_does_not_answer_is_named(modelservice: Program, api: Client) -> None:
    assert '"nobody" not found' in modelservice.refused("chat", "nobody", "hello", code=4)
    ModelServices(api, NAMESPACE).create("idle", replicas=0)
    said = modelservice.refused("chat", "idle", "hello", code=1)
    assert said.startswith("error: no pod of idle answers\n\nhint: `modelservice status idle`")


def test_chat_asks_one_question_of_a_script(modelservice: Program) -> None:
    assert modelservice("chat", "tiny", "hello from a script") == "hello from a script\n"
    assert modelservice("chat", "locked", stdin="hello from a pipe") == "hello from a pipe\n"
    assert "no question on standard input" in modelservice.refused("chat", "tiny", code=2)


def test_chat_tells_what_the_server_refuses(modelservice: Program) -> None:
    said = modelservice.refused("chat", "tiny", "hello", "--model", "other", code=1)
    assert said.startswith("error: tiny refuses with 404: The model `other` does not exist.")


def test_chat_at_a_terminal_streams_is_stopped_and_goes_on(modelservice: Program, servers: dict[str, Server]) -> None:
    with PseudoTerminal(modelservice, "chat", "slow", "--system", "be brief") as terminal:
        terminal.wait_for(r"org/slow of slow: Ctrl-C stops an answer, Ctrl-D ends\.\s+> ")
        terminal.type(" ".join(f"w{n}" for n in range(100)))
        terminal.wait_for(r"\nw0 w1")
        terminal.interrupt()
        terminal.wait_for(r"\(stopped\)")
        servers["slow"].wait_until(lambda: servers["slow"].metric("vllm:num_requests_running") == 0, "the answer ends")
        before = servers["slow"].metric("vllm:prompt_tokens_total")
        terminal.forget()
        terminal.type("again")
        terminal.wait_for(r"\nagain\r?\n> ")
        asked = servers["slow"].metric("vllm:prompt_tokens_total") - before
        assert asked > 130, "the system prompt, the question and the half of the answer are sent again"
        terminal.end_input()
        assert terminal.ended() == 0


def test_bench_compares_services_side_by_side(modelservice: Program) -> None:
    words = ("--requests", "4", "--concurrency", "2", "--max-tokens", "3")
    told = json.loads(modelservice("bench", "tiny", "slow", *words, "-o", "json"))
    tiny, slow = told["servers"]
    assert [(one["name"], one["answered"], one["tokens"]) for one in (tiny, slow)] == [("tiny", 4, 12), ("slow", 4, 12)]
    assert slow["betweenTokensSeconds"]["p50"] > tiny["betweenTokensSeconds"]["p50"]
    assert 0 < tiny["roundTripSeconds"] < tiny["totalSeconds"]["p99"] * 100


def test_top_tells_what_runs_and_how_fast(modelservice: Program, servers: dict[str, Server]) -> None:
    request = {"prompt": "word", "max_tokens": 5000, "ignore_eos": True, "stream": True}
    with servers["slow"].http.stream("POST", "/v1/completions", json=request):
        seen = json.loads(modelservice("top", "slow", "--interval", "3s", "-o", "json"))
        (slow,) = seen
        assert (slow["name"], slow["requestsRunning"], slow["requestsWaiting"]) == ("slow", 1, 0)
        assert 0 < slow["tokensPerSecond"] < 6
        assert 0 < slow["cacheUsage"] <= 1
        assert slow["secondsToFirstToken"] is None, "no answer began in the interval"
        assert [set(pod) > {"name", "tokensPerSecond"} for pod in slow["pods"]] == [True]
        head, *rows = modelservice("top", "--interval", "1s").splitlines()
    assert head.split() == ["NAME", "PODS", "RUNNING", "WAITING", "TOKENS/S", "PROMPT/S", "CACHE", "TTFT"]
    cells = {row.split()[0]: row.split()[1:4] for row in rows}
    assert cells["slow"] == ["1", "1", "0"]
    assert cells["tiny"] == ["1", "0", "0"]


def test_top_watch_goes_on(modelservice: Program) -> None:
    with PseudoTerminal(modelservice, "top", "tiny", "--pods", "--watch", "--interval", "1s") as terminal:
        terminal.wait_for(r"POD .*\s+tiny +tiny-\S+ +0 +0")
        terminal.forget()
        terminal.wait_for(r"POD .*\s+tiny +tiny-\S+ +0 +0 +0\.0")
        terminal.interrupt()
        assert terminal.ended() == 130


def test_top_of_nobody_is_exit_code_4(modelservice: Program) -> None:
    assert "there is no ModelService nobody" in modelservice.refused("top", "nobody", code=4)


def test_sdk_makes_waits_answers_and_deletes(
    modelservice: Program, api: Client, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    port = lab.identity.ports.spare[len(SERVERS)]
    with running("--model", "org/model", port=port):
        server = ModelServer(target="cluster", namespace=NAMESPACE, kubeconfig=api.kubeconfig)
        with server.start("org/model", {"port": port}, engine="mock") as started:
            assert started.get_status().state == "running"
            assert started.get_base_url().startswith("http://127.0.0.1:")
            question: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello from Python"}]
            answer = started.client().chat.completions.create(model=started.model, messages=question)
            assert answer.choices[0].message.content == "hello from Python"
            assert "modelservice.modelservice.io/model\n" in modelservice("list", "-o", "name")
        assert api.find("ModelService", "model", NAMESPACE) is None
        assert server.get_status().state == "stopped"
    assert "model is starting" in capsys.readouterr().err


def test_sdk_brings_the_key_to_the_client(servers: dict[str, Server], api: Client) -> None:
    port = servers["locked"].url.rpartition(":")[2]
    secret = {"apiKeySecret": {"name": "key", "key": "value"}}
    server = ModelServer(target="cluster", namespace=NAMESPACE, kubeconfig=api.kubeconfig, name="also-locked")
    with server.start("org/locked", {"port": int(port)}, engine="mock", auth=secret) as started:
        assert [model.id for model in started.client().models.list()] == ["org/locked", "locked"]
        with pytest.raises(openai.AuthenticationError):
            started.client("wrong", max_retries=0).models.list()


@pytest.mark.usefixtures("servers")
def test_sdk_never_takes_over_a_service_of_the_same_name(api: Client) -> None:
    server = ModelServer(target="cluster", namespace=NAMESPACE, kubeconfig=api.kubeconfig)
    with pytest.raises(ModelServerError, match="There is a ModelService tiny in the namespace talk") as taken:
        server.start("org/tiny", engine="mock")
    assert taken.value.reason == "NameConflict"
    assert api.get("ModelService", "tiny", NAMESPACE)["status"]["phase"] == "Ready"


@pytest.mark.usefixtures("servers")
def test_sdk_carries_the_reason_and_deletes_what_never_serves(api: Client) -> None:
    server = ModelServer(target="cluster", namespace=NAMESPACE, kubeconfig=api.kubeconfig, name="broken")
    with pytest.raises(ModelServerError, match="Did you mean `--token-rate`") as refused:
        server.start("org/model", {"token-raet": 1}, engine="mock")
    assert refused.value.reason == "UnknownOption"
    assert api.find("ModelService", "broken", NAMESPACE) is None


def test_sdk_server_that_a_program_forgets_goes_with_it(modelservice: Program, api: Client) -> None:
    code = (
        "from modelservice import ModelServer; "
        f"ModelServer(target='cluster', namespace={NAMESPACE!r}, name='forgotten')"
        ".start('org/model', engine='mock', wait=False); print('made')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=modelservice.environment, capture_output=True, text=True)
    assert done.stdout == "made\n", done.stderr
    assert api.find("ModelService", "forgotten", NAMESPACE) is None


def test_sdk_without_a_cluster_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ModelServerError, match="there is no kubeconfig") as refused:
        ModelServer(target="cluster", kubeconfig=tmp_path / "gone").start("org/model", engine="mock")
    assert refused.value.reason == "NoCluster"
