"""Revisions: a pod template with all that it takes to make it again, named by the template's content.

The data of a ControllerRevision never changes. An edit that makes no other template keeps the revision, and is noted
beside it as a patch over the stored inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelservice.api.resource import ModelService
from modelservice.facts.marks import EDITS_ANNOTATION, FAILED_ANNOTATION, FAILED_REASON_ANNOTATION
from modelservice.facts.rollout import RolloutFacts
from modelservice.facts.workload import RevisionFacts
from modelservice.render.canonical import canonical, digest
from modelservice.render.configmaps import ConfigMaps
from modelservice.render.inputs import Tree, current_inputs, edits, same
from modelservice.render.metadata import Manifest, metadata
from modelservice.render.names import child_name


def newest(revisions: tuple[RevisionFacts, ...]) -> RevisionFacts | None:
    return max(revisions, key=lambda revision: (revision.number, revision.name), default=None)


def named(revisions: tuple[RevisionFacts, ...], name: str | None) -> RevisionFacts | None:
    return next((revision for revision in revisions if revision.name == name), None)


def unedited(inputs: Tree, revisions: tuple[RevisionFacts, ...], running: RevisionFacts | None) -> RevisionFacts | None:
    """The stored revision that these inputs still mean: the newest, else the one that runs (an edit taken back)."""
    last = newest(revisions)
    for stored in (last, running):
        if stored and same(current_inputs(stored), inputs):
            return _last(stored, last)
    return None


def edited(
    service: str,
    inputs: Tree,
    resolved: Mapping[str, Any],
    template: Mapping[str, Any],
    config_maps: ConfigMaps,
    jobs: Mapping[str, Mapping[str, Any]],
    revisions: tuple[RevisionFacts, ...],
) -> RevisionFacts:
    """The revision of a newly rendered template; a stored one if the template was there before."""
    name = child_name(service, digest(template, 10))
    last = newest(revisions)
    stored = named(revisions, name)
    if stored:
        return _last(replace(stored, edits=edits(stored.inputs, inputs)), last)
    number = last.number + 1 if last else 1
    return RevisionFacts(name, number, inputs, resolved, template, config_maps, jobs)


def _last(revision: RevisionFacts, last: RevisionFacts | None) -> RevisionFacts:
    """The candidate always bears the highest number, so that a restart knows what was meant last."""
    if last is None or last.name == revision.name:
        return revision
    return replace(revision, number=last.number + 1)


def controller_revision(owner: ModelService, revision: RevisionFacts, rollout: RolloutFacts) -> Manifest:
    annotations = {}
    if revision.edits:
        annotations[EDITS_ANNOTATION] = canonical(revision.edits)
    if revision.name == rollout.failed:
        annotations |= {FAILED_ANNOTATION: rollout.why, FAILED_REASON_ANNOTATION: rollout.why_reason}
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata(owner, revision.name, annotations=annotations),
        "revision": revision.number,
        "data": {
            "inputs": dict(revision.inputs),
            "resolved": dict(revision.resolved),
            "template": dict(revision.template),
            "configMaps": {name: dict(data) for name, data in revision.config_maps.items()},
            **({"jobs": {name: dict(spec) for name, spec in revision.jobs.items()}} if revision.jobs else {}),
        },
    }
