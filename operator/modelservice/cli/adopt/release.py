"""Letting go of a ModelService: its children stay as plain objects, and their pods never notice.

A ModelService that is being deleted is left alone by the operator, and what it owned is cut loose by the cluster
itself; only then are the marks taken off, so that no pass ever mends what is being let go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.facts.marks import (
    ACCEPTED_ANNOTATION,
    APPLIED_ANNOTATION,
    MANAGED_BY_LABEL,
    MANAGER,
    NAME_LABEL,
    REVISION_ANNOTATION,
)
from modelservice.kube.resources import (
    AUTOSCALER,
    CLAIM,
    CONFIG_MAP,
    CONTROLLER_REVISION,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    MODEL_SERVICE,
    REPLICA_SET,
    SERVICE,
    Manifest,
    Resource,
)

STAYS = (DEPLOYMENT, SERVICE, DISRUPTION_BUDGET, CONFIG_MAP, CLAIM)
GONE_WITHIN = 60.0
POLL = 0.2
ALL_MANAGERS_FORGOTTEN: list[Manifest] = [{}]
"""How the API server is told to drop an object's managedFields."""


def let_go(cluster: Cluster, name: str) -> list[str]:
    """What stays, as `kind/name`."""
    _orphan(cluster, name)
    stays = list(_children(cluster, name))
    for resource, child in stays:
        cluster.patch(resource, child["metadata"]["name"], _plain(child))
    for replica_set in cluster.objects(REPLICA_SET, labels=_labels(name)):
        cluster.patch(REPLICA_SET, replica_set["metadata"]["name"], {"metadata": {"labels": {MANAGED_BY_LABEL: None}}})
    for revision in cluster.objects(CONTROLLER_REVISION, labels=_labels(name)):
        cluster.delete(CONTROLLER_REVISION, revision["metadata"]["name"])
    _scale_deployment(cluster, name)
    return [f"{resource.kind.lower()}/{child['metadata']['name']}" for resource, child in stays]


def _orphan(cluster: Cluster, name: str) -> None:
    uid = cluster.get(MODEL_SERVICE, name)["metadata"]["uid"]
    cluster.request("DELETE", MODEL_SERVICE, name, params={"propagationPolicy": "Orphan"})
    deadline = time.monotonic() + GONE_WITHIN
    while (live := cluster.find(MODEL_SERVICE, name)) and live["metadata"]["uid"] == uid:
        if time.monotonic() > deadline:
            told = f"ModelService {name} does not go; what it owns serves on"
            raise CommandError(told, f"`kubectl get modelservice {name} -o yaml` names the finalizer that holds it")
        cluster.run(asyncio.sleep(POLL))


def _children(cluster: Cluster, name: str) -> Iterator[tuple[Resource, Manifest]]:
    for resource in STAYS:
        for child in cluster.objects(resource, labels=_labels(name)):
            yield resource, child


def _labels(name: str) -> str:
    return f"{NAME_LABEL}={name},{MANAGED_BY_LABEL}={MANAGER}"


def _plain(child: Manifest) -> Manifest:
    """Without the marks by which an operator knows its own. Pods keep their labels: those are selected by, for good."""
    metadata = child["metadata"]
    marks = dict.fromkeys((ACCEPTED_ANNOTATION, APPLIED_ANNOTATION, REVISION_ANNOTATION))
    ours = {key: None for key in marks if key in (metadata.get("annotations") or {})}
    labels: dict[str, None] = {MANAGED_BY_LABEL: None, NAME_LABEL: None}
    return {
        "metadata": {
            "labels": labels,
            "annotations": ours,
            "ownerReferences": None,
            "managedFields": ALL_MANAGERS_FORGOTTEN,
        }
    }


def _scale_deployment(cluster: Cluster, name: str) -> None:
    """An autoscaler of the ModelService scales its Deployment from now on."""
    target = {"apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.kind, "name": name}
    for autoscaler in cluster.objects(AUTOSCALER):
        said = autoscaler["spec"]["scaleTargetRef"]
        if (said["kind"], said["name"]) == (MODEL_SERVICE.kind, name):
            cluster.patch(AUTOSCALER, autoscaler["metadata"]["name"], {"spec": {"scaleTargetRef": target}})
