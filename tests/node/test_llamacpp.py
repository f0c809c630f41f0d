"""A real engine in a real pod: llama.cpp serves a GGUF file that lies on a claim, as examples/llamacpp.yaml says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import images, models
from lab.client import Client, Manifest
from lab.lab import Lab
from modelservice.engines.llamacpp import ENGINE
from node.caller import Caller
from node.conftest import Serve

EXAMPLE = Path(__file__).parents[2] / "examples" / "llamacpp.yaml"
KEYS: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"key": "s3cret"}}


@pytest.fixture
def tiny(full: Lab, cluster: Client, namespace: str) -> dict[str, Any]:
    """The example's spec, with its image on the nodes and its file on the claim that it names."""
    full.nodes.import_image(images.build("llamacpp"), ENGINE.image(ENGINE.default_version, 0, ""))
    volume = f"{namespace}-models"
    size: Manifest = {"accessModes": ["ReadOnlyMany"], "storageClassName": ""}
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": volume},
            "spec": {
                **size,
                "capacity": {"storage": "1Gi"},
                "hostPath": {"path": str(models.tiny_gguf().parent), "type": "Directory"},
            },
        }
    )
    claim = {**size, "volumeName": volume, "resources": {"requests": {"storage": "1Gi"}}}
    body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "models"}, "spec": claim}
    cluster.create(body, namespace)
    spec: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())["spec"]
    return spec


def test_openai_client_gets_an_answer_and_a_stream_by_dns(
    serve: Serve, caller: Caller, tiny: dict[str, Any], namespace: str
) -> None:
    serve("tiny", tiny)
    url = serve.ready("tiny")["openAIURL"]
    assert url == f"http://tiny.{namespace}.svc.cluster.local:8000/v1"
    whole = caller.chat(url, model="tiny")
    assert (whole["finish"], whole["usage"]["completion_tokens"]) == ("length", 16)
    assert whole["text"].strip()
    stream = caller.chat(url, model="tiny", stream=True)
    assert stream["finish"] == "length"
    assert stream["chunks"] > 8


def test_each_request_has_the_context_that_was_asked_for(serve: Serve, caller: Caller, tiny: dict[str, Any]) -> None:
    serve("tiny", tiny)
    base = serve.ready("tiny")["url"]
    _, slots = caller.http(f"{base}/slots")
    assert [slot["n_ctx"] for slot in yaml.safe_load(slots)] == [2048, 2048]


def test_key_leaves_health_open_alone(serve: Serve, caller: Caller, cluster: Client, tiny: dict[str, Any]) -> None:
    cluster.create(KEYS, serve.namespace)
    serve("tiny", {**tiny, "auth": {"apiKeySecret": {"name": "keys", "key": "key"}}})
    base = serve.ready("tiny")["url"]
    paths = ("/health", "/v1/models", "/metrics", "/slots", "/props")
    codes = {path: caller.http(base + path)[0] for path in paths}
    assert codes == {"/health": 200, **dict.fromkeys(paths[1:], 401)}
    assert caller.http(f"{base}/v1/models", key="s3cret")[0] == 200


def test_bad_option_never_reaches_the_pods(serve: Serve, tiny: dict[str, Any]) -> None:
    serve("tiny", {**tiny, "engine": {"type": "llamacpp", "args": ["--ctx-size=4096"]}})
    status = serve.until("tiny", lambda seen: "value as a word of its own" in seen.get("message", ""))
    assert "`4096`" in status["message"]
