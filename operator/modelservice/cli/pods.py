"""The pods of a ModelService as commands show them and talk to them."""

from __future__ import annotations

from collections.abc import Sequence

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.facts.marks import COMPONENT_LABEL, NAME_LABEL
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.kube.resources import POD, Manifest

ENGINE = "engine"
PORT = "http"


def pods(cluster: Cluster, name: str, component: str = "") -> list[Manifest]:
    """All of them, or those of one component (`engine`, `loader`), the oldest first."""
    labels = f"{NAME_LABEL}={name}" + (f",{COMPONENT_LABEL}={component}" if component else "")
    return sorted(cluster.objects(POD, labels=labels), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def ready_pods(cluster: Cluster, name: str) -> list[Manifest]:
    """The engine's pods that answer; a CommandError says what to look at when there is none."""
    found = [pod for pod in pods(cluster, name, ENGINE) if facts_of(pod).ready and not _ends(pod)]
    if not found:
        raise CommandError(f"no pod of {name} answers", f"`modelservice status {name}` says what it waits for")
    return found


def engine_port(pod: Manifest) -> int:
    """Where the engine listens in its pod."""
    containers: Sequence[Manifest] = pod["spec"]["containers"]
    ports = [port for one in containers if one["name"] == ENGINE for port in one.get("ports") or ()]
    return int(next(port["containerPort"] for port in ports if port.get("name", PORT) == PORT))


def _ends(pod: Manifest) -> bool:
    return "deletionTimestamp" in pod["metadata"]
