"""Models are fetched once, before engines start: counted in bytes at the hub, and told in the status on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Program
from lab import images, models
from lab.client import Client, Manifest
from lab.hub import Hub
from lab.lab import Lab
from modelservice.engines.llamacpp import ENGINE
from node.caller import Caller
from node.conftest import Serve
from node.engines import LLAMACPP

MOCK: Manifest = {"engine": {"type": "mock"}}
SHARED: Manifest = {"size": "64Mi", "storageClassName": "lab-shared", "accessModes": ["ReadWriteMany"]}
BIG = 2_000_000
SLOW = 200_000
Spec = dict[str, Any]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes ten seconds from a slow hub and does not fit on a small disk."""
    path = tmp_path_factory.mktemp("big") / "model.safetensors"
    path.write_bytes(os.urandom(BIG))
    return path


@pytest.fixture(scope="module")
def hub(full: Lab, big: Path) -> Iterator[Hub]:
    with Hub(full.identity.gateway, full.identity.ports.hub) as hub:
        hub.add("lab/tiny", models.tiny_gguf())
        hub.add("lab/other", models.tiny_gguf())
        hub.add("lab/private", big, private=True)
        hub.add("lab/gated", big, gated=True)
        hub.allow("outsider")
        yield hub


@pytest.fixture
def slow(full: Lab, big: Path) -> Iterator[Hub]:
    with Hub(full.identity.gateway) as hub:
        hub.add("lab/big", big)
        hub.faults.bytes_per_second = SLOW
        yield hub


def of(hub: Hub, model: str, cache: Manifest, **more: Any) -> Spec:
    return {**MOCK, "model": model, "huggingFace": {"endpoint": hub.url}, "cache": {**cache, "prefetch": True}, **more}


def pods(serve: Serve, name: str) -> list[Manifest]:
    labels = f"modelservice.io/name={name},modelservice.io/component=engine"
    return serve.client.list("Pod", serve.namespace, labels=labels)


def condition(status: Manifest, kind: str) -> tuple[str, str]:
    found = [c for c in status.get("conditions", []) if c["type"] == kind]
    return (found[0]["reason"], found[0]["message"]) if found else ("", "")


def test_replicas_share_one_download_and_nothing_later_downloads_again(
    serve: Serve, caller: Caller, full: Lab, cluster: Client, hub: Hub
) -> None:
    full.nodes.import_image(images.build("llamacpp"), ENGINE.image(ENGINE.default_version, 0, ""))
    spec = {**of(hub, "lab/tiny", SHARED), **LLAMACPP, "replicas": 3, "drainTimeoutSeconds": 1}
    size = models.tiny_gguf().stat().st_size
    serve("tiny", spec)
    status = serve.ready("tiny")
    assert hub.sent == size
    assert status["model"] == {"source": "lab/tiny", "sizeBytes": size, "doneBytes": size}
    assert caller.chat(status["openAIURL"], model="tiny")["usage"]["completion_tokens"] == 16
    asked = len(hub.requests)

    for pod in pods(serve, "tiny"):
        cluster.delete("Pod", pod["metadata"]["name"], serve.namespace)
        cluster.wait_gone("Pod", pod["metadata"]["name"], serve.namespace)
    serve.ready("tiny")

    cluster.delete("ModelService", "tiny", serve.namespace)
    cluster.wait_gone("Deployment", "tiny", serve.namespace)
    serve("tiny", spec)
    serve("other", {**spec, "cache": {"claimName": "tiny-cache", "prefetch": True}})
    serve.ready("tiny")
    serve.ready("other")
    assert len(hub.requests) == asked


def test_two_services_that_share_a_claim_fetch_once_and_tell_how_far_it_is(serve: Serve, slow: Hub) -> None:
    serve("one", of(slow, "lab/big", SHARED))
    status = serve.until("one", lambda seen: " left" in condition(seen, "ModelCached")[1])
    assert status["phase"] == "Downloading"
    assert status["model"]["sizeBytes"] == BIG
    assert 0 < status["model"]["doneBytes"] < BIG
    serve("two", of(slow, "lab/big", {"claimName": "one-cache"}))
    serve.ready("one")
    serve.ready("two")
    assert slow.sent == BIG


def test_disk_that_comes_with_the_pod_is_filled_by_the_pod(serve: Serve, cluster: Client, hub: Hub) -> None:
    before = hub.sent
    serve("tiny", of(hub, "lab/tiny", {"size": "64Mi", "storageClassName": "lab"}))
    serve.ready("tiny")
    [pod] = pods(serve, "tiny")
    assert [container["name"] for container in pod["spec"]["initContainers"]] == ["loader"]
    assert hub.sent - before == models.tiny_gguf().stat().st_size
    asked = len(hub.requests)
    cluster.delete("Pod", pod["metadata"]["name"], serve.namespace)
    cluster.wait_gone("Pod", pod["metadata"]["name"], serve.namespace)
    serve.ready("tiny")
    assert len(hub.requests) == asked


REFUSED: dict[str, tuple[Spec, str, str]] = {
    "private": ({"model": "lab/private"}, "TokenMissing", "huggingFace.tokenSecret"),
    "gated": ({"model": "lab/gated"}, "ModelGated", "Accept its terms"),
    "missing": ({"model": "lab/nothing"}, "ModelNotFound", "Change model."),
    "revision": ({"model": "lab/tiny@v9"}, "ModelNotFound", "it has main"),
}


def test_download_that_fails_says_why_and_which_field_to_change(serve: Serve, cluster: Client, hub: Hub) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "stringData": {"key": "outsider"}}
    cluster.create(secret, serve.namespace)
    for name, (spec, _, _) in REFUSED.items():
        made = of(hub, spec["model"], SHARED)
        if name != "private":
            made["huggingFace"]["tokenSecret"] = {"name": "token", "key": "key"}
        serve(name, made)
    for name, (_, reason, words) in REFUSED.items():
        status = serve.until(name, lambda seen, reason=reason: condition(seen, "Stalled")[0] == reason)
        assert words in status["message"], status["message"]
        assert status["phase"] in ("DownloadError", "NoModel")


def test_volume_that_is_too_small_is_told_before_a_byte_is_fetched(serve: Serve, slow: Hub) -> None:
    serve("big", of(slow, "lab/big", {"size": "1Mi", "storageClassName": "lab-small"}))
    status = serve.until("big", lambda seen: condition(seen, "Ready")[0] == "DiskFull")
    assert "cache.size" in status["message"]
    assert slow.sent == 0


def test_cache_command_tells_what_lies_there_and_removes_only_what_nobody_uses(
    serve: Serve, cluster: Client, hub: Hub, tmp_path: Path
) -> None:
    typed = Program(cluster.kubeconfig, serve.namespace, tmp_path)
    serve("tiny", of(hub, "lab/tiny", SHARED))
    serve.ready("tiny")
    [row] = json.loads(typed("cache", "ls", "tiny-cache", "-o", "json"))
    assert (row["model"], row["state"], row["used_by"]) == ("models--lab--tiny", "whole", "tiny")
    assert "used by tiny" in typed.refused("cache", "rm", "tiny-cache", "lab/tiny", "--yes", code=1)
    typed("cache", "warm", "tiny-cache", "lab/other", "--endpoint", hub.url)
    assert "--yes" in typed.refused("cache", "rm", "tiny-cache", "lab/other", code=2)
    assert "removed" in typed("cache", "rm", "tiny-cache", "lab/other", "--yes")
    rows = json.loads(typed("cache", "ls", "tiny-cache", "-o", "json"))
    assert [row["model"] for row in rows] == ["models--lab--tiny"]
