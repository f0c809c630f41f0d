"""The health check that the docs give to Argo CD reads our statuses rightly, run by the Lua that Argo CD's is."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from docs.pages import ROOT, blocks
from lab import debian

KEY = "resource.customizations.health.modelservice.io_ModelService"
PRINT = 'local health = check()\nprint(health.status .. "\\n" .. health.message)'


@pytest.fixture(scope="module")
def script() -> str:
    """The check as the page has it."""
    debian.require("lua5.1")
    found = [body for block in blocks(ROOT / "docs/how-to/operate.md") for body in block.manifests]
    return next(str(body["data"][KEY]) for body in found if body["kind"] == "ConfigMap")


def service(*true: str, generation: int = 1, suspend: bool = False) -> dict[str, Any]:
    conditions = [
        {"type": kind, "status": str(kind in true), "message": f"about {kind}"}
        for kind in ("Ready", "Reconciling", "Stalled")
    ]
    status = {"observedGeneration": 1, "message": "in a sentence", "conditions": conditions}
    return {"metadata": {"generation": generation}, "spec": {"suspend": suspend}, "status": status}


CASES = {
    "never-seen": ({"metadata": {"generation": 1}, "spec": {}}, "Progressing", "Waiting for the operator"),
    "edited": (service("Ready", generation=2), "Progressing", "Waiting for the operator"),
    "on-the-way": (service("Reconciling"), "Progressing", "in a sentence"),
    "ready": (service("Ready"), "Healthy", "in a sentence"),
    "stalled": (service("Stalled"), "Degraded", "about Stalled"),
    "suspended": (service("Ready", suspend=True), "Suspended", "in a sentence"),
    "suspending": (service("Reconciling", suspend=True), "Progressing", "in a sentence"),
}


@pytest.mark.parametrize(("obj", "health", "message"), CASES.values(), ids=CASES)
def test_argo_cd_reads_the_health(script: str, obj: dict[str, Any], health: str, message: str) -> None:
    program = f"obj = {lua(obj)}\nfunction check()\n{script}\nend\n{PRINT}"
    told = subprocess.run(["lua5.1", "-"], input=program, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [health, message]


def lua(value: Any) -> str:
    """A value as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{json.dumps(key)}] = {lua(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua(item) for item in value) + "}"
    return json.dumps(value)
