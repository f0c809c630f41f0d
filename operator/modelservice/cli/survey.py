"""Everything that `status` shows, gathered from the cluster; what the user has no right to see is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from modelservice.api.resource import parse
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.pods import pods
from modelservice.cli.seen import Service
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.facts.pods import ContainerFacts
from modelservice.facts.redact import redact
from modelservice.kube import logs
from modelservice.kube.resources import EVENT, NODE, Key, Manifest
from modelservice.observe.diagnosis import diagnose

EVENTS = 8
GPU_PRODUCT = "nvidia.com/gpu.product"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survey:
    """One service, its pods, the nodes that they are on, what was told of them, and what a crashed engine said."""

    service: Service
    pods: tuple[Manifest, ...] = ()
    products: dict[str, str] = field(default_factory=dict)
    """GPU product by node."""
    events: tuple[Manifest, ...] = ()
    log: str = ""


def survey(cluster: Cluster, seen: Service) -> Survey:
    found = _allowed(lambda: pods(cluster, seen.name)) or []
    nodes = {pod["spec"]["nodeName"] for pod in found if pod["spec"].get("nodeName")}
    return Survey(
        service=seen,
        pods=tuple(found),
        products={node: product for node in nodes if (product := _product(cluster, node))},
        events=tuple(_events(cluster, seen, found)),
        log=_log(cluster, seen, found),
    )


def _allowed(ask: Callable[[], T]) -> T | None:
    """The answer, or nothing where a right is missing."""
    try:
        return ask()
    except CommandError as error:
        if error.exit_code != Exit.CLUSTER:
            raise
        return None


def _product(cluster: Cluster, node: str) -> str:
    found = _allowed(lambda: cluster.find(NODE, node))
    return str(((found or {}).get("metadata", {}).get("labels") or {}).get(GPU_PRODUCT, ""))


def _events(cluster: Cluster, seen: Service, found: list[Manifest]) -> list[Manifest]:
    """The newest of the service and of its pods, in the order in which they came."""
    about = {seen.body["metadata"]["uid"], *(pod["metadata"]["uid"] for pod in found)}
    events = _allowed(lambda: cluster.objects(EVENT)) or []
    return sorted((e for e in events if e["involvedObject"].get("uid") in about), key=event_time)[-EVENTS:]


def event_time(event: Manifest) -> datetime:
    """When it last happened; writers of Events fill in different fields."""
    series = event.get("series") or {}
    stamps = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return datetime.fromisoformat(next((stamp for stamp in stamps if stamp), event["metadata"]["creationTimestamp"]))


def _log(cluster: Cluster, seen: Service, found: list[Manifest]) -> str:
    """What the log of an engine that crashed says, as the operator reads it."""
    for pod in found:
        engine = facts_of(pod).engine
        if engine is None or not _crashed(engine):
            continue
        lines = _allowed(partial(_tail, cluster, Key(seen.namespace, pod["metadata"]["name"]), engine)) or ()
        told = diagnose([redact(line) for line in lines], parse(seen.body).spec)
        if told:
            return told.message
    return ""


def _tail(cluster: Cluster, pod: Key, engine: ContainerFacts) -> tuple[str, ...]:
    """Of the run that crashed: the one before, unless nothing came after it."""
    previous = engine.state != "terminated" and engine.restarts > 0
    return cluster.run(logs.tail(cluster.session, pod, engine.name, previous=previous))


def _crashed(engine: ContainerFacts) -> bool:
    return engine.terminated is not None or engine.last_termination is not None
