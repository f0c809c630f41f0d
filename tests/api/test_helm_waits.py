"""The real Helm waits for a ModelService while it is on its way, goes on once it is ready, and gives up on a fault.

No operator runs here: the test writes the statuses, so that each is there as long as it takes to see what Helm does.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from lab import binaries
from lab.client import Client
from looks import ago, engine, look, pod, told
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.observe.seen import Seen

pytestmark = pytest.mark.usefixtures("crd")

PATIENCE = 120
LOOKS_AGAIN_WITHIN = 4.0
"""Helm watches, so it has seen a status long before."""

LOADING = pod("p", engine(ready=False, started=False, running_since=ago(seconds=47)))
REFUSED = [Finding(Reason.UNKNOWN_OPTION, "engine.args", "vLLM has no --max-model-length")]
MANIFEST = {
    "apiVersion": "modelservice.io/v1alpha1",
    "kind": "ModelService",
    "metadata": {"name": "qwen"},
    "spec": {"model": "org/name"},
}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "service.yaml").write_text(yaml.safe_dump(MANIFEST))
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": "models", "version": "0.1.0"}))
    return tmp_path


@contextmanager
def installing(api: Client, namespace: str, chart: Path) -> Iterator[subprocess.Popen[str]]:
    """`helm install --wait`, while it runs; the service is there."""
    command = [binaries.path("helm"), "install", "models", chart, "--wait", "--timeout", f"{PATIENCE}s"]
    process = subprocess.Popen(
        [*command, "--namespace", namespace, "--kubeconfig", api.kubeconfig],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        api.wait("ModelService", "qwen", namespace)
        yield process
    finally:
        process.kill()
        process.communicate()


def write(api: Client, namespace: str, seen: Seen) -> None:
    api.patch("ModelService", "qwen", {"status": told(seen).manifest()}, namespace, subresource="status")


def still_waits(process: subprocess.Popen[str]) -> bool:
    try:
        process.wait(LOOKS_AGAIN_WITHIN)
    except subprocess.TimeoutExpired:
        return True
    return False


def test_helm_waits_for_an_unseen_and_a_loading_service_and_goes_on_when_it_is_ready(
    api: Client, namespace: str, chart: Path
) -> None:
    first = {"metadata": {"generation": 1}}
    with installing(api, namespace, chart) as process:
        assert still_waits(process)
        write(api, namespace, look(LOADING, **first))
        assert still_waits(process)
        write(api, namespace, look(pod(), **first))
        assert process.wait(PATIENCE / 2) == 0


def test_helm_gives_up_on_a_service_that_only_a_person_can_help(api: Client, namespace: str, chart: Path) -> None:
    with installing(api, namespace, chart) as process:
        write(api, namespace, look(metadata={"generation": 1}, findings=REFUSED))
        assert process.wait(PATIENCE / 2) != 0
        assert process.stderr
        assert "ModelService" in process.stderr.read()
