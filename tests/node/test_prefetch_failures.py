"""A model that does not arrive: each way that a hub or a volume fails is a sentence with the field to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eventually import at_last
from lab import models, volumes
from lab.client import Client, Manifest
from lab.hub import Hub
from lab.lab import Lab
from node.conftest import Serve
from node.fetching import SHARED, of, pods, told, weights

BIG, SPOILT = 2_000_000, 1_000
SMALL: Manifest = {"size": "1Mi", "storageClassName": "lab-small"}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is asked for, and what is told: the reason, and words of the sentence."""

    model: str
    reason: str
    words: tuple[str, ...]
    token: str = ""
    cache: Manifest = field(default_factory=lambda: SHARED)
    port: int | None = None


@pytest.fixture(scope="module")
def hub(full: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub(full.identity.gateway) as hub:
        big = weights(tmp_path_factory.mktemp("big"), BIG)
        hub.add("lab/tiny", models.tiny_gguf())
        hub.add("lab/big", big)
        hub.add("lab/private", big, private=True)
        hub.add("lab/gated", big, gated=True)
        hub.add("lab/spoilt", weights(tmp_path_factory.mktemp("spoilt"), SPOILT), spoilt=True)
        hub.allow("outsider")
        yield hub


@pytest.fixture
def cutting(full: Lab, tmp_path: Path) -> Iterator[Hub]:
    """It tells all of a model and sends nothing of it."""
    with Hub(full.identity.gateway) as hub:
        hub.add("lab/big", weights(tmp_path, BIG))
        hub.faults.cut_after, hub.faults.cuts = 0, 1_000_000
        yield hub


FAILURES = {
    "private": Failure("lab/private", "TokenMissing", ("is private", "Set huggingFace.tokenSecret")),
    "unknown": Failure("lab/gated", "TokenMissing", ("does not know the token", "huggingFace.tokenSecret"), "nobody"),
    "gated": Failure("lab/gated", "ModelGated", ("has not been let in", "Accept its terms"), "outsider"),
    "missing": Failure("lab/tinny", "ModelNotFound", ("nearest name is lab/tiny", "Change model."), "outsider"),
    "revision": Failure("lab/tiny@v9", "ModelNotFound", ("it has main", "Change model.")),
    "spoilt": Failure("lab/spoilt", "HashMismatch", ("sha256", "is expected", "huggingFace.endpoint")),
    "full": Failure("lab/big", "DiskFull", ("2.00 MB more are needed", "cache.size"), cache=SMALL),
    "unreachable": Failure("lab/tiny", "HubUnreachable", ("could not be reached", "huggingFace.endpoint"), port=9),
    "cut": Failure("lab/big", "HubUnreachable", ("peer closed connection", "It is tried again")),
}


def test_download_that_fails_says_why_and_which_field_to_change(
    serve: Serve, cluster: Client, full: Lab, hub: Hub, cutting: Hub
) -> None:
    for name in ("nobody", "outsider"):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": name}}
        cluster.create(secret, serve.namespace)
    for name, failure in FAILURES.items():
        spec = of(cutting if name == "cut" else hub, failure.model, failure.cache)
        access: dict[str, Any] = spec["huggingFace"]
        if failure.token:
            access["tokenSecret"] = {"name": failure.token, "key": "key"}
        if failure.port:
            access["endpoint"] = f"http://{full.identity.gateway}:{failure.port}"
        serve(name, spec)
    for name, failure in FAILURES.items():
        status = serve.until(name, lambda seen, reason=failure.reason: told(seen, "Ready")[0] == reason)
        print(f"{name}: {status['message']}")
        assert [word for word in failure.words if word not in status["message"]] == [], status["message"]
        assert told(status, "ModelCached")[0] == failure.reason
        assert status["phase"] == "DownloadError"
    assert sum(request.sent for request in hub.requests if request.path.startswith("/store/")) == SPOILT


def test_volume_that_fills_up_on_the_way_is_told_and_the_download_goes_on_once_there_is_room(
    serve: Serve, cluster: Client, full: Lab, tmp_path: Path
) -> None:
    with Hub(full.identity.gateway) as slow:
        slow.add("lab/big", weights(tmp_path, BIG))
        slow.faults.bytes_per_second = BIG // 8
        serve("filled", of(slow, "lab/big", {**SMALL, "size": "8Mi"}))
        at_last(lambda: slow.sent > BIG // 4, within=90)
        [pod] = pods(serve, "filled")
        claim = cluster.get("PersistentVolumeClaim", "filled-cache", serve.namespace)
        volume = cluster.get("PersistentVolume", claim["spec"]["volumeName"])
        node = full.nodes.named(pod["spec"]["nodeName"])
        volumes.fill(node, volume)
        slow.faults.bytes_per_second = None
        status = serve.until("filled", lambda seen: told(seen, "Ready")[0] == "DiskFull")
        assert "cache.size" in status["message"]
        volumes.unfill(node, volume)
        assert serve.ready("filled")["model"]["doneBytes"] == BIG
        assert slow.sent < 2 * BIG, "what was there was fetched again"
