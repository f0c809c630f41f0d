"""What was there before: kept in a ConfigMap from the first step on, for whoever wants it back, and for the run that
goes on with an adoption after its Deployment is gone."""

from __future__ import annotations

from typing import Any

import yaml

from modelservice.cli.adopt.workload import ADOPTED_LABEL, Workload
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.output import as_yaml
from modelservice.kube.resources import CONFIG_MAP, MODEL_SERVICE, Manifest

ADOPTING = "modelservice.io/adopting"
"""On a ModelService, until its adoption is done: the name of the Deployment."""
FILE = "deployment.yaml"


def keep(cluster: Cluster, found: Workload, *, anew: bool) -> str:
    """The ConfigMap's name. What an earlier adoption of that name kept is overwritten; its own first run's is not."""
    name = _name(found.name)
    kept = [found.deployment, *([found.service] if found.service else []), *found.autoscalers]
    files = {kind: as_yaml([_bare(one) for one in kept if one["kind"] == kind]) for kind in {k["kind"] for k in kept}}
    data: dict[str, Any] = {f"{kind.lower()}.yaml": text for kind, text in files.items()}
    there = cluster.find(CONFIG_MAP, name)
    if there is None:
        metadata = {"name": name, "labels": {ADOPTED_LABEL: found.name}}
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    elif anew:
        cluster.patch(CONFIG_MAP, name, {"data": dict.fromkeys(there.get("data") or {}) | data})
    return name


def original(cluster: Cluster, name: str) -> Manifest:
    """The Deployment that was."""
    kept: Manifest = yaml.safe_load(cluster.get(CONFIG_MAP, _name(name))["data"][FILE])
    return kept


def half_way(cluster: Cluster, name: str, deployment: str) -> Manifest | None:
    """The ModelService of an adoption that was interrupted; a CommandError where there is another of its name."""
    there = cluster.find(MODEL_SERVICE, name)
    if there is None:
        return None
    if (there["metadata"].get("annotations") or {}).get(ADOPTING) != deployment:
        hint = f"`modelservice status {name}` shows it; --name chooses another name"
        raise CommandError(f"ModelService {name} exists already", hint, Exit.NOT_SO)
    return there


def _name(service: str) -> str:
    return f"{service}-adopted"


def _bare(manifest: Manifest) -> Manifest:
    """As a file has it."""
    metadata = manifest["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations") if metadata.get(key)}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": kept}
