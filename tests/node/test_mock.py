"""A ModelService with real pods: it answers by in-cluster DNS, says what hinders it, and mends itself."""

import pytest

from lab.client import ApiError, Client, Manifest
from node.caller import Caller
from node.conftest import Serve, ready

MOCK: Manifest = {"model": "org/tiny", "engine": {"type": "mock"}}
SERVING = ["/health", "/v1/models", "/metrics", "/openapi.json"]


def reason(status: Manifest, kind: str) -> str:
    found = [c["reason"] for c in status.get("conditions", []) if c["type"] == kind]
    return found[0] if found else ""


def engine_pods(cluster: Client, namespace: str, name: str) -> list[Manifest]:
    labels = f"modelservice.io/name={name},modelservice.io/component=engine"
    return cluster.list("Pod", namespace, labels=labels)


def test_openai_client_gets_an_answer_by_dns(serve: Serve, caller: Caller, namespace: str) -> None:
    serve("tiny", MOCK)
    status = serve.ready("tiny")
    assert status["openAIURL"] == f"http://tiny.{namespace}.svc.cluster.local:8000/v1"
    answer = caller.chat(status["openAIURL"], model="org/tiny", text="hello from afar")
    assert "hello from afar" in answer["text"]
    assert answer["usage"]["total_tokens"] > 0


def test_openai_client_gets_a_stream(serve: Serve, caller: Caller) -> None:
    serve("tiny", MOCK)
    answer = caller.chat(serve.ready("tiny")["openAIURL"], model="tiny", text="one two three four", stream=True)
    assert answer["chunks"] > 2
    assert answer["finish"] in ("stop", "length")


def test_api_key_closes_all_but_health_and_metrics(serve: Serve, caller: Caller, cluster: Client) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"key": "s3cret"}}
    cluster.create(secret, serve.namespace)
    serve("tiny", {**MOCK, "auth": {"apiKeySecret": {"name": "key", "key": "key"}}})
    base = serve.ready("tiny")["url"]
    codes = {path: caller.http(base + path)[0] for path in SERVING}
    assert codes == {"/health": 200, "/v1/models": 401, "/metrics": 200, "/openapi.json": 401}
    assert caller.http(f"{base}/v1/models", key="s3cret")[0] == 200


def test_missing_secret_is_named_and_its_creation_is_enough(serve: Serve, cluster: Client) -> None:
    serve("tiny", {**MOCK, "auth": {"apiKeySecret": {"name": "later", "key": "key"}}})
    status = serve.until("tiny", lambda seen: reason(seen, "Ready") == "SecretMissing")
    assert "later" in status["message"]
    assert "auth.apiKeySecret" in status["message"]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "later"}, "stringData": {"key": "k"}}
    cluster.create(secret, serve.namespace)
    serve.ready("tiny")


def test_crashing_engine_is_said_with_its_last_words_and_recovers(serve: Serve, caller: Caller) -> None:
    words = ["--crash-after", "1", "--crash-message", "RuntimeError: the weights are made of cheese"]
    serve("tiny", {**MOCK, "engine": {"type": "mock", "args": words}})
    url = serve.ready("tiny")["openAIURL"]
    caller.chat(url, model="tiny")
    with pytest.raises(ApiError):
        caller.chat(url, model="tiny")
    status = serve.until("tiny", lambda seen: "made of cheese" in seen.get("message", ""))
    assert not ready(status)
    serve.ready("tiny")


def test_bad_edit_of_a_serving_model_is_taken_back(serve: Serve, caller: Caller) -> None:
    serve("tiny", MOCK)
    url = serve.ready("tiny")["openAIURL"]
    serve("tiny", {**MOCK, "engine": {"type": "mock", "args": ["--crash-after", "0"]}})
    status = serve.until("tiny", lambda seen: reason(seen, "Stalled") == "Reverted", timeout=180)
    assert "crashing as told" in status["message"]
    assert caller.chat(url, model="tiny")["finish"]
    serve("tiny", MOCK)
    serve.ready("tiny")


def test_edit_with_a_typo_touches_no_pod(serve: Serve, cluster: Client) -> None:
    serve("tiny", MOCK)
    serve.ready("tiny")
    before = [pod["metadata"]["uid"] for pod in engine_pods(cluster, serve.namespace, "tiny")]
    serve("tiny", {**MOCK, "engine": {"type": "mock", "args": ["--token-rat3", "1"]}})
    status = serve.until("tiny", lambda seen: reason(seen, "Accepted") == "UnknownOption")
    assert "--token-rate" in status["message"]
    assert [pod["metadata"]["uid"] for pod in engine_pods(cluster, serve.namespace, "tiny")] == before


def test_change_that_fits_on_no_node_waits_while_the_model_serves_on(serve: Serve, caller: Caller) -> None:
    serve("tiny", MOCK)
    url = serve.ready("tiny")["openAIURL"]
    serve("tiny", {**MOCK, "gpu": {"count": 9}})
    status = serve.until("tiny", lambda seen: reason(seen, "Reconciling") == "NotEnoughGPUs")
    assert "The change waits." in status["message"]
    assert status["readyReplicas"] == 1
    assert caller.chat(url, model="tiny")["finish"]


def test_service_that_waits_for_gpus_says_so(serve: Serve) -> None:
    serve("big", {**MOCK, "gpu": {"count": 9}})
    status = serve.until("big", lambda seen: reason(seen, "Scheduled") == "NotEnoughGPUs")
    assert "9" in status["message"]
    assert "nvidia.com/gpu" in status["message"]


def test_service_that_waits_for_its_image_says_so(serve: Serve) -> None:
    serve("tiny", {**MOCK, "engine": {"type": "mock", "image": "registry.invalid/no/such:1"}})
    status = serve.until("tiny", lambda seen: reason(seen, "Ready") == "ImagePullFailed")
    assert "registry.invalid/no/such:1" in status["message"]
    assert "engine.image" in status["message"]


def test_service_that_waits_for_its_claim_says_so(serve: Serve) -> None:
    serve("tiny", {**MOCK, "cache": {"claimName": "nowhere"}})
    status = serve.until("tiny", lambda seen: "nowhere" in seen.get("message", ""))
    assert reason(status, "Ready") == "ClaimMissing"
    assert "cache.claimName" in status["message"]
