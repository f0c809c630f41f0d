"""The Deployment: how many pods of which revision, and how one revision gives way to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec, RolloutStrategy
from modelservice.facts.marks import ACCEPTED_ANNOTATION, REVISION_ANNOTATION
from modelservice.facts.raw import items, part, text
from modelservice.facts.workload import ClaimFacts, RevisionFacts
from modelservice.render.claim import access_modes
from modelservice.render.metadata import Manifest, metadata, selector
from modelservice.render.prepared import Prepared
from modelservice.render.volumes import claim_name

PROGRESS_MARGIN = 600
"""Seconds above the startup budget, Kubernetes' own default: pulling a large image counts as well."""
KEPT_REPLICA_SETS = 2
SHARED_MODES = frozenset({"ReadWriteMany", "ReadOnlyMany"})

STRATEGIES: dict[RolloutStrategy, dict[str, Any]] = {
    RolloutStrategy.SURGE: {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
    RolloutStrategy.REPLACE: {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}},
    RolloutStrategy.RECREATE: {"type": "Recreate"},
}
"""25 % that comes to less than one pod counts as one, so neither can stand still."""


def deployment(
    owner: ModelService, prepared: Prepared, revision: RevisionFacts, claims: Sequence[ClaimFacts]
) -> Manifest:
    """`revision` is what runs: its stored template, whatever today's renderer would make of its inputs."""
    spec, annotation = prepared.spec, {REVISION_ANNOTATION: revision.name}
    note = {ACCEPTED_ANNOTATION: prepared.accepted} if prepared.accepted else {}
    template = dict(revision.template)
    pod_metadata = template["metadata"]
    template["metadata"] = {**pod_metadata, "annotations": {**pod_metadata.get("annotations", {}), **annotation}}
    name = owner.metadata.name
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(owner, name, annotations={**annotation, **note}),
        "spec": {
            "replicas": 0 if spec.suspend else spec.replicas,
            "selector": {"matchLabels": selector(name)},
            "strategy": STRATEGIES[strategy(spec, template, claims, name)],
            "progressDeadlineSeconds": spec.startup_timeout_seconds + PROGRESS_MARGIN,
            "revisionHistoryLimit": KEPT_REPLICA_SETS,
            "template": template,
        },
    }


def strategy(spec: ModelServiceSpec, template: Manifest, claims: Sequence[ClaimFacts], name: str) -> RolloutStrategy:
    """`Auto` looks at the pods that run, not at a spec that may be refused: it never waits for a spare GPU, nor for a
    volume that only one node can have."""
    wanted = spec.rollout.strategy
    if wanted != RolloutStrategy.AUTO:
        return wanted
    scarce = has_a_device(template) or waits_for_a_volume(template, spec, name, claims)
    return RolloutStrategy.REPLACE if scarce else RolloutStrategy.SURGE


def has_a_device(template: Manifest) -> bool:
    """Whether a container asks for an extended resource, whose name bears a domain, or for a claimed one."""
    asked = [part(container, "resources") for container in items(part(template, "spec"), "containers")]
    return any(items(one, "claims") or any("/" in name for name in part(one, "limits")) for one in asked)


def waits_for_a_volume(template: Manifest, spec: ModelServiceSpec, service: str, claims: Sequence[ClaimFacts]) -> bool:
    """Whether the pod mounts a claim that is not known to be shared among nodes."""
    modes = {claim.name: claim.access_modes for claim in claims}
    if spec.cache and spec.cache.size:
        modes.setdefault(claim_name(service), access_modes(spec, None))
    volumes = items(part(template, "spec"), "volumes")
    mounted = {text(part(volume, "persistentVolumeClaim"), "claimName") for volume in volumes} - {""}
    return any(not SHARED_MODES & set(modes.get(name, ())) for name in mounted)
