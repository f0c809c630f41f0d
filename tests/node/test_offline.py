"""A filled cache needs no network: the connections that pods begin are counted on their nodes, and there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab import models
from lab.calls import Calls
from lab.client import Client
from lab.hub import Hub
from lab.lab import Lab
from node.caller import Caller
from node.conftest import Serve
from node.engines import ENGINES
from node.fetching import SHARED, SLOW, of, pods, told

SERVED = {"llamacpp": models.tiny_gguf, "vllm": models.tiny_llama}


@pytest.fixture
def hub(full: Lab) -> Iterator[Hub]:
    with Hub(full.identity.gateway) as hub:
        for name, made in SERVED.items():
            hub.add(f"lab/{name}", made())
        yield hub


def test_read_only_volume_without_the_model_is_told_with_the_field(
    serve: Serve, cluster: Client, full: Lab, hub: Hub
) -> None:
    ENGINES["llamacpp"].bring(full)
    claim = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "lab-shared",
        "resources": {"requests": {"storage": "64Mi"}},
    }
    body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "empty"}, "spec": claim}
    cluster.create(body, serve.namespace)
    cache = {"claimName": "empty", "readOnly": True}
    serve(
        "tiny",
        {**ENGINES["llamacpp"].spec, "model": "lab/llamacpp", "cache": cache, "huggingFace": {"endpoint": hub.url}},
    )
    status = serve.until("tiny", lambda seen: told(seen, "Ready")[0] == "ModelNotFound")
    assert "cache.readOnly" in status["message"]
    assert hub.requests == []


@pytest.mark.parametrize("engine", ["llamacpp", pytest.param("vllm", marks=SLOW)])
def test_nothing_goes_out_once_the_cache_is_filled(
    serve: Serve, caller: Caller, full: Lab, hub: Hub, engine: str
) -> None:
    subject, model = ENGINES[engine], f"lab/{engine}"
    subject.bring(full)
    filled = {"claimName": "first-cache"}
    more: dict[str, Any] = {**subject.spec, "drainTimeoutSeconds": 1}
    with Calls(full.identity, full.nodes.each) as calls:

        def called(name: str, component: str) -> list[set[str]]:
            return [calls.of(pod["status"]["podIP"]) for pod in pods(serve, name, component)]

        serve("first", {**of(hub, model, SHARED), **more})
        serve.ready("first", subject.ready_within)
        assert called("first", "loader") == [
            {hub.url.removeprefix("http://"), f"{full.identity.gateway}:{hub.store_port}"}
        ]

        serve("again", {**of(hub, model, filled), **more})
        serve(
            "offline", {**more, "model": model, "cache": filled, "huggingFace": {"endpoint": hub.url, "offline": True}}
        )
        for name in ("first", "again", "offline"):
            url = serve.ready(name, subject.ready_within)["openAIURL"]
            assert caller.chat(url, model=name)["usage"]["completion_tokens"] == 16
            assert called(name, "engine") == [set()]
        assert called("again", "loader") == [set()]
        assert called("offline", "loader") == []
