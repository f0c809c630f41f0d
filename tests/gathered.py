"""What an operator would see of a Deployment on a real cluster, read by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lab.client import Client
from lab.patience import looks
from looks import REVISION, look, told
from modelservice.api.status import Status
from modelservice.facts import parse_cluster, parse_pods, parse_workload
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.facts import Facts
from modelservice.facts.marks import COMPONENT_LABEL, NAME_LABEL, REVISION_ANNOTATION

NAME = "qwen"


def deployment(pod: dict[str, Any], replicas: int = 1) -> dict[str, Any]:
    """A Deployment with the marks that the operator puts on its own, and this pod spec."""
    labels = {NAME_LABEL: NAME, COMPONENT_LABEL: "engine"}
    template = {"metadata": {"labels": labels, "annotations": {REVISION_ANNOTATION: REVISION}}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def facts_of(client: Client, namespace: str, claim: str = "") -> Facts:
    """One look at everything."""
    events = client.list("Event", namespace)
    found = client.find("PersistentVolumeClaim", claim, namespace) if claim else None
    return Facts(
        now=datetime.now(UTC),
        cluster=ClusterFacts(
            runtime_classes=frozenset(map(parse_cluster.runtime_class, client.list("RuntimeClass"))),
            storage_classes=tuple(map(parse_cluster.storage_class, client.list("StorageClass"))),
            nodes=tuple(map(parse_cluster.node, client.list("Node"))),
        ),
        deployment=parse_workload.deployment(client.get("Deployment", NAME, namespace)),
        replica_sets=tuple(map(parse_workload.replica_set, client.list("ReplicaSet", namespace))),
        pods=tuple(map(parse_pods.pod, client.list("Pod", namespace))),
        claim=parse_workload.claim(found) if found else None,
        events=tuple(map(parse_cluster.event, events)),
    )


def told_once(
    client: Client,
    namespace: str,
    until: Callable[[Status], bool],
    spec: dict[str, Any] | None = None,
    timeout: float = 60,
    claim: str = "",
) -> Status:
    """The first status for which `until` holds."""
    for _ in looks(timeout):
        facts = facts_of(client, namespace, claim)
        asked = int((spec or {}).get("gpu", {}).get("count", 0))
        status = told(look(spec=spec, gpus=asked, seen_facts=facts))
        if until(status):
            return status
    raise TimeoutError(f"still {status.phase}: {status.message}\n{facts}")
