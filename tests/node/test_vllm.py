"""The real vLLM in a real pod, with all that a gated model asks for: one start serves every test here.

The model is downloaded with a token from a hub into a claim that is mounted under /root, where older images keep it.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from lab.client import Client, Manifest
from lab.hub import Hub
from lab.lab import Lab
from lab.models import tiny_llama
from node.caller import Caller
from node.conftest import Serve, ready
from node.engines import ENGINES, PROMPT

pytestmark = pytest.mark.timeout(1800)

VLLM = ENGINES["vllm"]
MODEL = "lab/tiny"
TOKEN, KEY = "hf_secret", "s3cret"
CACHE = "/root/.cache/huggingface/hub"
OPEN = {"/health", "/metrics"}
SECRETS: Manifest = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "keys"},
    "stringData": {"token": TOKEN, "key": KEY},
}


@dataclass(frozen=True, slots=True)
class Served:
    """The running model, and the status that was seen on the way to it."""

    status: Manifest
    loading: Manifest
    downloaded: int
    namespace: str
    caller: Caller


@pytest.fixture(scope="module")
def served(full: Lab, cluster: Client, operator: str) -> Iterator[Served]:
    """Made once: vLLM takes its time to start."""
    del operator
    VLLM.bring(full)
    namespace = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    cluster.wait("ServiceAccount", "default", namespace)
    cluster.create(SECRETS, namespace)
    with Hub(full.identity.gateway, full.identity.ports.hub) as hub:
        hub.add(MODEL, tiny_llama(), gated=True)
        hub.allow(TOKEN, MODEL)
        serve = Serve(cluster, namespace)
        serve(
            "tiny",
            {
                **VLLM.spec,
                "model": MODEL,
                "huggingFace": {"tokenSecret": {"name": "keys", "key": "token"}, "endpoint": hub.url},
                "auth": {"apiKeySecret": {"name": "keys", "key": "key"}},
                "cache": {"size": "1Gi", "mountPath": CACHE},
            },
        )
        loading = serve.until("tiny", lambda seen: " s of " in seen.get("message", ""), timeout=120)
        status = serve.ready("tiny", VLLM.ready_within)
        yield Served(status, loading, hub.sent, namespace, Caller(cluster, namespace))
    cluster.delete("Namespace", namespace)


def test_loading_is_told_with_its_time_and_its_budget(served: Served) -> None:
    assert not ready(served.loading)
    assert "of at most 3600 s (startupTimeoutSeconds)" in served.loading["message"]
    assert served.loading["readyReplicas"] == 0


def test_gated_model_is_downloaded_with_the_token_into_the_claim(served: Served, cluster: Client) -> None:
    assert served.downloaded >= (tiny_llama() / "model.safetensors").stat().st_size
    ask = ("exec", f"--namespace={served.namespace}", "deployment/tiny", "--", "ls", f"{CACHE}/models--lab--tiny")
    assert "snapshots" in cluster.kubectl(*ask).split()
    claims = cluster.list("PersistentVolumeClaim", served.namespace)
    assert [claim["status"]["phase"] for claim in claims] == ["Bound"]


@pytest.mark.parametrize("model", [MODEL, "tiny"], ids=["its-id", "its-resource"])
def test_openai_client_gets_an_answer_by_dns(served: Served, model: str) -> None:
    url = served.status["openAIURL"]
    assert url == f"http://tiny.{served.namespace}.svc.cluster.local:8000/v1"
    answer = served.caller.chat(url, model=model, text=PROMPT, key=KEY)
    assert (answer["finish"], answer["usage"]["completion_tokens"]) == ("length", 16)
    assert answer["text"].strip()


def test_openai_client_gets_a_stream(served: Served) -> None:
    answer = served.caller.chat(served.status["openAIURL"], model="tiny", text=PROMPT, key=KEY, stream=True)
    assert answer["finish"] == "length"
    assert answer["chunks"] > 8


def test_without_the_key_every_route_but_health_and_metrics_is_closed(served: Served) -> None:
    base = served.status["url"]
    routes = {
        (method.upper(), path)
        for path, methods in json.loads(served.caller.http(f"{base}/openapi.json", key=KEY)[1])["paths"].items()
        for method in methods
    }
    assert {("POST", "/v1/chat/completions"), ("POST", "/invocations"), ("POST", "/tokenize")} <= routes
    more = {("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/version"), ("GET", "/metrics"), ("GET", "/nowhere")}
    answers = {
        (method, path): served.caller.http(base + path, method, {} if method != "GET" else None)[0]
        for method, path in sorted(routes | more)
    }
    assert {route for route, code in answers.items() if code != 401} == {("GET", path) for path in OPEN}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_each_answer_ends_its_connection(served: Served, cluster: Client, stream: bool) -> None:
    address = cluster.get("Service", "tiny", served.namespace)["spec"]["clusterIP"]
    ask = {"model": "tiny", "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 4, "stream": stream}
    url, headers = f"http://{address}:8000/v1/chat/completions", {"authorization": f"Bearer {KEY}"}
    answer = httpx.post(url, json=ask, headers=headers, timeout=60)
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


def test_other_key_is_refused(served: Served) -> None:
    assert served.caller.http(f"{served.status['openAIURL']}/models", key="other")[0] == 401
    assert served.caller.http(f"{served.status['openAIURL']}/models", key=KEY)[0] == 200
