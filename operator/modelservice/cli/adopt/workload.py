"""A Deployment with all that hangs on it, and why it cannot be adopted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.cli.files import NAME
from modelservice.facts.marks import MANAGED_BY_LABEL, MANAGER
from modelservice.facts.raw import controller
from modelservice.kube.resources import (
    AUTOSCALER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    POD,
    REPLICA_SET,
    SERVICE,
    Manifest,
)
from modelservice.render.metadata import selector

GITOPS = ("argocd.argoproj.io/tracking-id", "kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
ADOPTED_LABEL = "modelservice.io/adopted"
"""On what an adoption makes for itself: the name of the ModelService."""
HELM = "meta.helm.sh/release-name"


@dataclass(frozen=True, slots=True)
class Workload:
    """`name` is the ModelService's, `current` the ReplicaSet of the pods.

    `service` bears that name; `others` select the pods too, and go on doing so.
    """

    name: str
    deployment: Manifest
    current: Manifest
    pods: tuple[Manifest, ...]
    service: Manifest | None
    others: tuple[str, ...]
    autoscalers: tuple[Manifest, ...]
    budgets: tuple[str, ...]

    @property
    def origin(self) -> str:
        """The Deployment's name."""
        return str(self.deployment["metadata"]["name"])


def workload(cluster: Cluster, origin: str, name: str, *, begun: bool) -> Workload:
    """What there is; a CommandError says why it cannot be adopted, and what to do first.

    An adoption that has begun was possible, and its Deployment is paused.
    """
    deployment = cluster.get(DEPLOYMENT, origin)
    problem = "" if begun else next(_problems(deployment, name), "")
    if problem:
        raise CommandError(f"Deployment {origin} {problem}")
    other = cluster.find(DEPLOYMENT, name) if name != origin else None
    if other and ADOPTED_LABEL not in (other["metadata"].get("labels") or {}):
        raise CommandError(f"there is a Deployment {name}", "--name chooses another name for the ModelService")
    owned = [
        one for one in cluster.objects(REPLICA_SET) if controller(one["metadata"]) == deployment["metadata"]["uid"]
    ]
    running = [one for one in owned if one["spec"].get("replicas") or one.get("status", {}).get("replicas")]
    if len(running) != 1:
        raise CommandError(
            f"Deployment {origin} has {len(running)} ReplicaSets with pods", "wait until it is rolled out"
        )
    [current] = running
    pods = [one for one in cluster.objects(POD) if controller(one["metadata"]) == current["metadata"]["uid"]]
    labels = current["spec"]["template"]["metadata"]["labels"]
    services = [one for one in cluster.objects(SERVICE) if selects(one["spec"].get("selector"), labels)]
    named = cluster.find(SERVICE, name)
    if named is not None and not selects(named["spec"].get("selector"), labels):
        raise CommandError(
            f"Service {name} leads to other pods",
            "--name chooses another name: a ModelService has a Service of its own",
        )
    return Workload(
        name,
        deployment,
        current,
        tuple(pods),
        named,
        tuple(one["metadata"]["name"] for one in services if one["metadata"]["name"] != name),
        autoscalers(cluster, origin),
        tuple(
            one["metadata"]["name"]
            for one in cluster.objects(DISRUPTION_BUDGET)
            if selects((one["spec"].get("selector") or {}).get("matchLabels"), labels)
        ),
    )


def autoscalers(cluster: Cluster, deployment: str) -> tuple[Manifest, ...]:
    """Those that scale this Deployment."""
    return tuple(one for one in cluster.objects(AUTOSCALER) if _scales(one, deployment))


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, Any]) -> bool:
    return bool(selector) and (selector or {}).items() <= labels.items()


def _problems(deployment: Manifest, name: str) -> Iterator[str]:
    metadata, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status", {})
    if (metadata.get("labels") or {}).get(MANAGED_BY_LABEL) == MANAGER:
        yield "belongs to a ModelService already"
    if controller(metadata):
        owner = metadata["ownerReferences"][0]
        yield f"belongs to {owner['kind']} {owner['name']}, which would make it again: convert that, and delete it"
    if not NAME.fullmatch(name):
        yield "has a name that no Service may bear: --name gives the ModelService another"
    selected = spec["selector"].get("matchLabels") or {}
    ours = {MANAGED_BY_LABEL: MANAGER, **selector(name)}
    if any(selected.get(key, value) != value for key, value in ours.items()) or spec["selector"].get(
        "matchExpressions"
    ):
        yield f"selects its pods by {MANAGED_BY_LABEL} or by expressions, which pods cannot keep: convert it instead"
    wanted = spec.get("replicas", 1)
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "readyReplicas")]
    if not wanted:
        yield "has no replicas: convert it instead, there is nothing to keep running"
    if status.get("observedGeneration", 0) < metadata["generation"] or counts != [wanted] * 3:
        yield "is not rolled out: wait until all its pods are ready"


def _scales(autoscaler: Manifest, name: str) -> bool:
    target = autoscaler["spec"]["scaleTargetRef"]
    return bool(target["kind"] == DEPLOYMENT.kind and target["name"] == name)


def cautions(found: Workload) -> Iterator[str]:
    """What a person should know before, or see to afterwards."""
    marks = found.deployment["metadata"].get("annotations") or {}
    if marks.get(HELM):
        yield f"Helm release {marks[HELM]} made it: take it out of the chart, or its next upgrade makes it again"
    if marks.keys() & set(GITOPS):
        yield "a GitOps tool made it: put the ModelService into its place there, or it is made again"
    if found.others:
        names = ", ".join(found.others)
        yield f"Service {names} selects the same pods and goes on doing so, as long as podTemplate keeps their labels"
    if found.budgets:
        names = ", ".join(found.budgets)
        yield f"PodDisruptionBudget {names} covers the same pods: delete it, since two of them forbid every eviction"
    for autoscaler in found.autoscalers:
        yield f"HorizontalPodAutoscaler {autoscaler['metadata']['name']} will scale the ModelService instead"
