"""Helm as a person types it, and the chart's place."""

import subprocess
from pathlib import Path
from typing import Any

from lab import binaries
from lab.documents import documents

CHART = Path(__file__).parents[2] / "charts" / "modelservice-operator"
FIRST = Path(__file__).parent / "fixtures" / "modelservice-operator-0.1.0.tgz"
"""The chart's first version, as it was when it was packaged; upgrades and rollbacks are tested from it."""
IMAGE = "image.repository=registry.example.org/models/operator"


class HelmError(Exception):
    """Helm refused; the text is what a person reads."""


def helm(*words: str | Path, kubeconfig: Path | None = None) -> str:
    """What helm prints; its complaint is raised when it fails."""
    command = [binaries.path("helm"), *words, *([f"--kubeconfig={kubeconfig}"] if kubeconfig else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise HelmError(done.stderr)
    return done.stdout


def rendered(
    *values: str, kube_version: str = "1.36.0", release: str = "ms", namespace: str = "platform"
) -> list[dict[str, Any]]:
    """The chart's manifests with these `--set` values."""
    sets = [word for value in (IMAGE, *values) for word in ("--set", value)]
    text = helm("template", release, CHART, "--namespace", namespace, "--kube-version", kube_version, *sets)
    return documents(text)
