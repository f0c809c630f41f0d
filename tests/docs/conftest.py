"""Where the pages are run: a control plane with the CRD, a cluster with the operator, and one without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pages import ROOT
from docs.shell import Clone
from lab import debian, images
from lab.client import Client
from lab.fixtures import NEEDS_ROOT, NOT_OURS, foreign
from lab.lab import Lab, Spec
from modelservice import __version__

PUSHED = f"registry.example.org/models/operator:{__version__}"
"""What the pages call the operator's image."""


@pytest.fixture(scope="session")
def crd(api: Client) -> None:
    """The CustomResourceDefinition, served."""
    api.install(ROOT / "crds" / "modelservice.yaml")


@pytest.fixture(scope="session")
def programs() -> None:
    """What the pages use besides kubectl, helm and make."""
    debian.require("curl", "jq")


@pytest.fixture
def clone(cluster: Client, operator: str, namespace: str, programs: None, tmp_path: Path) -> Clone:  # noqa: ARG001
    """A reader's terminal, on a cluster with the operator."""
    return Clone(tmp_path, cluster.kubeconfig, namespace)


@pytest.fixture
def empty(programs: None, tmp_path: Path) -> Iterator[Clone]:  # noqa: ARG001
    """A reader's terminal, on a cluster with nothing installed, whose node can pull the operator's image."""
    if foreign():
        pytest.skip(NOT_OURS)
    if os.geteuid():
        pytest.skip(NEEDS_ROOT)
    lab = Lab.up(f"docs-{os.getpid()}", Spec(nodes=1), owned=True)
    lab.nodes.import_image(images.build("operator"), PUSHED)
    yield Clone(tmp_path, lab.kubeconfig, "default")
    lab.down()
