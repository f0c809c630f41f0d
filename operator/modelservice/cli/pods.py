"""The pods of a ModelService as commands show them and talk to them."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.facts.marks import COMPONENT_LABEL, NAME_LABEL
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.kube.portforward import Place
from modelservice.kube.resources import POD, Manifest, key_of

ENGINE = "engine"
PORT = "http"
"""What the Service's targetPort names, whichever container of the pod listens there."""


def pods(cluster: Cluster, name: str, component: str = "") -> list[Manifest]:
    """All of them, or those of one component (`engine`, `loader`), the oldest first."""
    labels = f"{NAME_LABEL}={name}" + (f",{COMPONENT_LABEL}={component}" if component else "")
    return sorted(cluster.objects(POD, labels=labels), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def ready_pods(cluster: Cluster, name: str) -> list[Manifest]:
    """The engine's pods that answer; a CommandError says what to look at when there is none."""
    found = answering(pods(cluster, name, ENGINE))
    if not found:
        raise CommandError(f"no pod of {name} answers", f"`modelservice status {name}` says what it waits for")
    return found


async def places(cluster: Cluster, name: str) -> list[Place]:
    """Where a connection to the service may lead, for what runs on the cluster's event loop."""
    found = await cluster.fetch(POD, labels=f"{NAME_LABEL}={name},{COMPONENT_LABEL}={ENGINE}")
    return [place(pod) for pod in answering(found)]


def place(pod: Manifest) -> Place:
    """Where the Service's connections arrive in this pod."""
    ports = [port for one in pod["spec"]["containers"] for port in one.get("ports") or ()]
    return Place(key_of(pod), int(next(port["containerPort"] for port in ports if port.get("name") == PORT)))


def answering(found: Iterable[Manifest]) -> list[Manifest]:
    """Those of them that are ready and stay."""
    return [pod for pod in found if facts_of(pod).ready and "deletionTimestamp" not in pod["metadata"]]
