"""The pods of a ModelService as commands show them and talk to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.facts.marks import COMPONENT_LABEL, ENGINE, LOADER, NAME_LABEL
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.facts.pods import ContainerFacts, PodFacts
from modelservice.kube.portforward import Place
from modelservice.kube.resources import POD, Manifest, key_of
from modelservice.observe.loader_log import is_loader
from modelservice.render.ports import port_of

PORT = "http"
"""What the Service targets, whichever container of the pod listens there; adopted pods may know no such name."""


def pods(cluster: Cluster, name: str, component: str = "") -> list[Manifest]:
    """All of them, or those of one component (`engine`, `loader`), the oldest first."""
    labels = f"{NAME_LABEL}={name}" + (f",{COMPONENT_LABEL}={component}" if component else "")
    return sorted(cluster.objects(POD, labels=labels), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


@dataclass(frozen=True, slots=True)
class Log:
    """What one container writes."""

    pod: str
    container: str


def engines(cluster: Cluster, name: str) -> list[Log]:
    """Of the engine's pods; the container of an adopted one has the name that it had."""
    seen = map(facts_of, pods(cluster, name, ENGINE))
    return [Log(pod.name, pod.serves) for pod in seen]


def loaders(cluster: Cluster, name: str) -> list[Log]:
    """Of what fetches the model: pods of a Job, or init containers of the engine's pods that have begun."""
    seen = [pod for pod in map(facts_of, pods(cluster, name)) if pod.component in (LOADER, ENGINE)]
    return [Log(pod.name, container.name) for pod in seen for container in _loaders(pod)]


def _loaders(pod: PodFacts) -> list[ContainerFacts]:
    found = [container for container in pod.containers if is_loader(container)]
    return [container for container in found if container.state != "waiting" or container.restarts] or found[:1]


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
    named = (int(port["containerPort"]) for port in ports if port.get("name") == PORT)
    return Place(key_of(pod), next(named, port_of(pod)))


def answering(found: Iterable[Manifest]) -> list[Manifest]:
    """Those of them that are ready and stay."""
    return [pod for pod in found if facts_of(pod).ready and "deletionTimestamp" not in pod["metadata"]]
