"""What runs of a ModelService: which revision, and which pod template."""

from __future__ import annotations

from typing import Any

from lab.client import Manifest
from model_services import ModelServices


def plays(role: str) -> dict[str, Any]:
    """A pod template whose pods play this on a fake node."""
    return {"metadata": {"annotations": {"lab.test/plays": role}}}


def revision(services: ModelServices) -> str:
    name: str = services.child("Deployment")["metadata"]["annotations"]["modelservice.io/revision"]
    return name


def template(services: ModelServices) -> Manifest:
    pod: Manifest = services.child("Deployment")["spec"]["template"]
    return pod
