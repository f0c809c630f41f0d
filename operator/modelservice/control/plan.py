"""Compares the children that are wanted with those that are seen: what to apply, what to prune, what to leave alone.

A child that is as we applied it costs no write, in steady state and after a restart. Only what is ours by controller
reference is pruned, and never a claim: that goes with its ModelService or stays. What bears a wanted name and is not
ours is a conflict, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from modelservice.api.resource import ModelService
from modelservice.api.status import Child
from modelservice.facts.facts import Facts
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.facts.workload import ChildFacts

Manifest = dict[str, Any]
Id = tuple[str, str]
"""Kind and name of a child."""
Waves = tuple[tuple[Manifest, ...], ...]
"""Manifests to apply, one wave after the other."""

CLAIM = "PersistentVolumeClaim"
JOB = "Job"

CONTENT_NAMED = frozenset({"ConfigMap", "ControllerRevision"})
"""Kinds whose names hold a digest of what is in them, which nobody else comes upon."""


class Wave(IntEnum):
    """What is applied together: first what pods need, then the pods, then what leads to them."""

    BEFORE = 0
    FETCH = 1
    DEPLOYMENT = 2
    AFTER = 3


WAVES: Mapping[str, Wave] = {
    "ConfigMap": Wave.BEFORE,
    "ControllerRevision": Wave.BEFORE,
    CLAIM: Wave.BEFORE,
    JOB: Wave.FETCH,
    "Deployment": Wave.DEPLOYMENT,
}
"""Every other kind comes after."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`waves` are applied one after the other; `kept` are wanted children that are as we applied them."""

    waves: Waves = ()
    prune: tuple[ChildFacts, ...] = ()
    kept: tuple[ChildFacts, ...] = ()
    conflicts: tuple[ChildFacts, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.waves or self.prune)


def plan(wanted: Sequence[Manifest], facts: Facts, recorded: Iterable[Child]) -> Plan:
    """What brings the children to what is wanted. Nothing wanted means that nothing is known, not that all must go."""
    if not wanted:
        return Plan()
    seen = {(child.kind, child.name): child for child in facts.children}
    before = {(child.kind, child.name): child for child in recorded}
    conflicts = tuple(child for manifest in wanted if (child := seen.get(identity(manifest))) and not child.owned)
    if conflicts and facts.deployment is None:
        return Plan(conflicts=conflicts)
    due: list[Manifest] = []
    kept: list[ChildFacts] = []
    for manifest in wanted:
        child = seen.get(identity(manifest))
        if child is None or (child.owned and _changed(child, manifest, before.get(identity(manifest)))):
            due.append(manifest)
        elif child.owned:
            kept.append(child)
    return Plan(_waves(due), _prunable(wanted, facts), tuple(kept), conflicts)


def pods_to_stop(service: ModelService, facts: Facts) -> int:
    """How many are wanted that shall not be: they stop even where the API server refuses the rest of a plan."""
    return facts.deployment.wanted if service.spec.suspend and facts.deployment else 0


def identity(manifest: Manifest) -> Id:
    return manifest["kind"], manifest["metadata"]["name"]


def _changed(child: ChildFacts, manifest: Manifest, before: Child | None) -> bool:
    """Whether it is not what we would apply, or somebody took a field from us since. Nothing is done to what goes."""
    if child.deleting:
        return False
    applied = manifest["metadata"]["annotations"][APPLIED_ANNOTATION]
    return before is None or child.applied != applied or child.fields != before.fields


def _waves(manifests: Iterable[Manifest]) -> Waves:
    waves: dict[Wave, list[Manifest]] = {wave: [] for wave in Wave}
    for manifest in manifests:
        waves[WAVES.get(manifest["kind"], Wave.AFTER)].append(manifest)
    return tuple(tuple(wave) for wave in waves.values() if wave)


def _prunable(wanted: Iterable[Manifest], facts: Facts) -> tuple[ChildFacts, ...]:
    """A Job that is done goes by itself, some time after people could read its log."""
    spared = {identity(manifest) for manifest in wanted} | {(JOB, job.name) for job in facts.jobs if job.finished}
    return tuple(
        child
        for child in facts.children
        if child.owned and not child.deleting and child.kind != CLAIM and (child.kind, child.name) not in spared
    )
