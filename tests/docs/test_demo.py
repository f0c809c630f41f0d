"""`make demo` on a cluster that is there: it serves, answers, says what to try, and takes away what it brought."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.conftest import PUSHED
from docs.pages import ROOT
from docs.shell import Clone
from lab.client import Client

Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def make(empty: Clone) -> Make:
    """What somebody types whose KUBECONFIG names a cluster."""
    environment = {**os.environ, "KUBECONFIG": empty.environment["KUBECONFIG"]}

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True)

    return typed


def test_demo_serves_on_a_cluster_that_is_there_and_leaves_nothing_that_it_brought(make: Make, empty: Clone) -> None:
    refused = make("demo")
    assert refused.returncode
    assert "make images IMAGES='operator mock client' PUSH=registry/prefix" in refused.stderr
    done = make("demo", f"PUSH={PUSHED}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hello world hello world" in done.stdout
    assert "break it:" in done.stdout
    down = make("demo-down")
    assert down.returncode == 0, down.stderr
    with Client(Path(empty.environment["KUBECONFIG"])) as client:
        assert client.find("Deployment", "modelservice-operator", "modelservice") is None
        client.wait_gone("Namespace", "demo", timeout=90)
