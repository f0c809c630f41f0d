"""Models are fetched once, before engines start: counted in bytes at the hub, and told in the status on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Program
from eventually import at_last
from lab import images, models
from lab.client import Client
from lab.hub import Hub
from lab.lab import Lab
from modelservice.engines.llamacpp import ENGINE
from node.caller import Caller
from node.conftest import Serve
from node.engines import LLAMACPP
from node.fetching import SHARED, SLOW, of, pods, told, weights
from traffic.driver import Load, Traffic

BIG = 2_000_000
SPEED = 250_000


@pytest.fixture(scope="module")
def hub(full: Lab) -> Iterator[Hub]:
    with Hub(full.identity.gateway, full.identity.ports.hub) as hub:
        hub.add("lab/tiny", models.tiny_gguf())
        hub.add("lab/other", models.tiny_gguf())
        yield hub


@pytest.fixture
def slow(full: Lab, tmp_path: Path) -> Iterator[Hub]:
    """A model takes eight seconds from it, and the connection is cut twice on the way."""
    with Hub(full.identity.gateway) as hub:
        hub.add("lab/big", weights(tmp_path, BIG))
        hub.faults.bytes_per_second = SPEED
        hub.faults.cut_after, hub.faults.cuts = BIG // 3, 2
        yield hub


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
    folder = f"models--lab--tiny/snapshots/{hub.add('lab/tiny', models.tiny_gguf())}"
    placed = {"model": f"pvc://tiny-cache/{folder}/tiny.gguf", "servedNames": ["tiny"], "drainTimeoutSeconds": 1}
    serve("placed", {**LLAMACPP, **placed})
    serve.ready("tiny")
    serve.ready("other")
    assert caller.chat(serve.ready("placed")["openAIURL"], model="tiny")["usage"]["completion_tokens"] == 16
    assert len(hub.requests) == asked


def test_services_that_share_a_claim_fetch_once_over_a_slow_line_that_is_cut(serve: Serve, slow: Hub) -> None:
    serve("one", of(slow, "lab/big", SHARED))
    status = serve.until("one", lambda seen: " left" in told(seen, "ModelCached")[1])
    assert status["phase"] == "Downloading"
    assert status["model"]["sizeBytes"] == BIG
    assert 0 < status["model"]["doneBytes"] < BIG
    serve("two", of(slow, "lab/big", {"claimName": "one-cache"}))
    serve.ready("one")
    serve.ready("two")
    assert slow.sent == BIG


@SLOW
def test_loader_killed_in_its_pod_begins_again_and_nothing_serves_before_it_is_done(
    serve: Serve, full: Lab, slow: Hub
) -> None:
    serve("one", of(slow, "lab/big", SHARED))
    for killed in (1, 2):
        at_last(lambda killed=killed: slow.sent > killed * BIG // 4, within=90)
        [loader] = [pod for pod in pods(serve, "one", "loader") if pod["status"]["phase"] == "Running"]
        full.nodes.container(loader, "loader").kill()
        assert pods(serve, "one") == []
    status = serve.ready("one", 180)
    assert status["model"]["doneBytes"] == BIG


def test_new_revision_is_fetched_while_the_old_one_serves_and_the_old_one_goes_afterwards(
    serve: Serve, cluster: Client, slow: Hub, tmp_path: Path
) -> None:
    cache = {**SHARED, "prune": "Unused"}
    left = weights(tmp_path, BIG // 8, "left.safetensors")
    slow.add("lab/grown", tmp_path, revisions=("v1",))
    slow.faults.bytes_per_second = slow.faults.cut_after = None
    serve("grown", of(slow, "lab/grown@v1", cache))
    serve.until("grown", lambda seen: "pruned" in seen.get("model", {}), 90)
    [old] = pods(serve, "grown")
    assert slow.sent == BIG + BIG // 8
    fetched = [job["metadata"]["name"] for job in cluster.list("Job", serve.namespace)]
    left.unlink()
    changed = weights(tmp_path, BIG // 4, "adapter.safetensors")
    slow.add("lab/grown", tmp_path, revisions=("v2",))
    slow.faults.bytes_per_second = changed.stat().st_size // 4
    address = cluster.get("Service", "grown", serve.namespace)["spec"]["clusterIP"]
    with Traffic(Load(f"http://{address}:8000/v1", "grown", clients=2, max_tokens=4)) as traffic:
        traffic.wait_for(finished=4, timeout=60)
        serve("grown", of(slow, "lab/grown@v2", cache))
        status = serve.until("grown", lambda seen: told(seen, "ModelCached")[0] == "Downloading")
        assert (status["phase"], status["readyReplicas"]) == ("Downloading", 1)
        assert [pod["metadata"]["uid"] for pod in pods(serve, "grown")] == [old["metadata"]["uid"]]
        serve.ready("grown")
        cluster.wait_gone("Pod", old["metadata"]["name"], serve.namespace)
        assert "pruned" not in serve.ready("grown")["model"]
        for job in fetched:
            cluster.delete("Job", job, serve.namespace)  # as each goes by itself, some time after its end
        status = serve.until("grown", lambda seen: "pruned" in seen["model"])
        traffic.wait_for(finished=4, timeout=60)
    assert traffic.account.failures == {}
    assert traffic.account.sent == traffic.account.finished
    assert slow.sent == BIG + BIG // 8 + changed.stat().st_size
    assert BIG // 8 <= status["model"]["pruned"]["freedBytes"] < BIG // 8 + 2000
    assert status["model"]["pruned"]["message"].startswith("hf://lab/grown@v1 removed from PersistentVolumeClaim")
    [row] = json.loads(
        Program(cluster.kubeconfig, serve.namespace, tmp_path)("cache", "ls", "grown-cache", "-o", "json")
    )
    assert (row["state"], len(row["revisions"].split(", "))) == ("whole", 1)


def test_disk_that_comes_with_the_pod_is_filled_by_the_pod(
    serve: Serve, cluster: Client, hub: Hub, tmp_path: Path
) -> None:
    before = hub.sent
    serve("tiny", of(hub, "lab/tiny", {"size": "64Mi", "storageClassName": "lab"}))
    serve.ready("tiny")
    [pod] = pods(serve, "tiny")
    assert [container["name"] for container in pod["spec"]["initContainers"]] == ["loader"]
    log = Program(cluster.kubeconfig, serve.namespace, tmp_path)("logs", "tiny", "--loader")
    assert json.loads(log.splitlines()[-1])["event"] == "done"
    assert hub.sent - before == models.tiny_gguf().stat().st_size
    asked = len(hub.requests)
    cluster.delete("Pod", pod["metadata"]["name"], serve.namespace)
    cluster.wait_gone("Pod", pod["metadata"]["name"], serve.namespace)
    serve.ready("tiny")
    assert len(hub.requests) == asked


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
    assert "removed from tiny-cache: hf://lab/other" in typed("cache", "prune", "tiny-cache", "--yes")
    rows = json.loads(typed("cache", "ls", "tiny-cache", "-o", "json"))
    assert [row["model"] for row in rows] == ["models--lab--tiny"]
