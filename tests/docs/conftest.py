"""Where the pages are run: a control plane with the CRD, a cluster with the operator, and one without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pages import ROOT
from docs.shell import Clone, Command
from lab import debian, images, models
from lab.client import Client
from lab.fixtures import NEEDS_ROOT, NOT_OURS, foreign
from lab.hub import Hub
from lab.lab import Lab, Spec
from modelservice import __version__

PUSHED = "registry.example.org/models"
"""Where the pages push the images."""


@pytest.fixture(scope="session")
def crd(api: Client) -> None:
    """The CustomResourceDefinition, served."""
    api.install(ROOT / "crds" / "modelservice.yaml")


@pytest.fixture(scope="session")
def operator_values(full: Lab) -> Iterator[dict[str, str]]:
    """The mirror from which the cluster's models come has the one that pages and examples fetch."""
    with Hub(full.identity.gateway) as mirror:
        mirror.add("org/tiny", models.tiny_gguf())
        yield {"config.defaults.huggingFace.endpoint": mirror.url}


@pytest.fixture(scope="session")
def programs() -> None:
    """What the pages use besides kubectl, helm and make."""
    debian.require("curl", "jq")


@pytest.fixture
def clone(cluster: Client, operator: str, namespace: str, programs: None, tmp_path: Path) -> Clone:  # noqa: ARG001
    """A reader's terminal, on a cluster with the operator."""
    return Clone(tmp_path, cluster.kubeconfig, namespace)


@pytest.fixture(scope="session")
def another() -> Iterator[Lab]:
    """A cluster without the operator, whose node can pull what the pages push."""
    if foreign():
        pytest.skip(NOT_OURS)
    if os.geteuid():
        pytest.skip(NEEDS_ROOT)
    lab = Lab.up(f"docs-{os.getpid()}", Spec(nodes=1), owned=True)
    for name in ("operator", "mock", "client"):
        lab.nodes.import_image(images.build(name), f"{PUSHED}/{name}:{__version__}")
    yield lab
    lab.down()


@pytest.fixture
def empty(another: Lab, programs: None, tmp_path: Path) -> Clone:  # noqa: ARG001
    """A reader's terminal, on a cluster with nothing installed: an uninstall keeps the CRD."""
    clone = Clone(tmp_path, another.kubeconfig, "default")
    clone.type(Command("kubectl delete crd modelservices.modelservice.io --ignore-not-found"))
    return clone
