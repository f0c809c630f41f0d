"""The Job that removes old revisions of a hub's model from its cache, once a new one serves (`cache.prune`).

What is removed is gone, so it must be certain that nobody needs it. The Job is made suspended, and begins in a later
pass that finds the same revisions in use: who came in between is seen then, and who comes afterwards waits for its end
(`Facts.pruning`).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.facts import Facts
from modelservice.facts.marks import LOADER, PRUNER, PRUNES_FOR_ANNOTATION
from modelservice.facts.model import Fetch
from modelservice.facts.raw import items, part
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, RevisionFacts
from modelservice.render import paths
from modelservice.render.canonical import digest
from modelservice.render.fetching import ONE_POD, SHARED, prunes
from modelservice.render.loader import Manifest, beside, job, pod_spec
from modelservice.render.locate import located
from modelservice.render.metadata import labels, metadata
from modelservice.render.names import child_name
from modelservice.render.prepared import Prepared

KEPT_VARIABLES = ("HOME", "USER", "LOGNAME")
WITHIN_SECONDS = 600
"""From its begin; revisions that are to come wait for it."""


def pruning_job(owner: ModelService, prepared: Prepared, rollout: RolloutFacts, facts: Facts) -> Manifest | None:
    """None unless the rollout is over, something may be left of another revision, and it is known who needs what."""
    fetch, claim = _fetch(prepared.spec), facts.claim
    if rollout.verdict is not Verdict.STEADY or facts.uses is None or fetch is None or claim is None:
        return None
    revision = facts.revisions[0] if len(facts.revisions) == 1 else None
    if revision is None or revision.name != rollout.target or ONE_POD in claim.access_modes:
        return None
    kept = {use.reference for use in facts.uses if use.claim == claim.name and use.folder in ("", fetch.folder)}
    loader = _loader(revision)
    if loader is None or "" in kept or fetch.reference not in kept:
        return None
    service = owner.metadata.name
    spec = _spec(service, revision, _told(loader, prepared.spec, fetch, sorted(kept)), claim)
    name = child_name(service, f"prune-{digest([spec, revision.number], 10)}")
    announced = any(found.name == name for found in facts.jobs)
    marks = {PRUNES_FOR_ANNOTATION: str(revision.number)}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(owner, name, component=PRUNER, annotations=marks),
        "spec": {**spec, "suspend": not announced},
    }


def _fetch(spec: ModelServiceSpec) -> Fetch | None:
    """Of what is not from the hub, a folder holds one reference, and never another."""
    if not prunes(spec):
        return None
    model = next(iter(located(spec)[0]), None)
    return model.fetch if model and model.hub else None


def _loader(revision: RevisionFacts) -> Manifest | None:
    """The container that fetched for this revision."""
    return next((dict(found) for found in _containers(revision) if found.get("name") == LOADER), None)


def _containers(revision: RevisionFacts) -> Iterator[Manifest]:
    for spec in revision.jobs.values():
        yield from map(dict, items(part(spec, "template", "spec"), "containers"))
    yield from map(dict, items(part(revision.template, "spec"), "initContainers"))


def _told(loader: Manifest, spec: ModelServiceSpec, fetch: Fetch, kept: list[str]) -> Manifest:
    """The same container with another command line, and without what it reached a hub with."""
    words = ["prune", "--cache", paths.hub_cache(spec), "--folder", fetch.folder]
    words += [word for reference in kept for word in ("--keep", reference)]
    said = [item for item in loader.get("env", []) if item["name"] in KEPT_VARIABLES]
    return {**{key: value for key, value in loader.items() if key != "envFrom"}, "args": words, "env": said}


def _spec(service: str, revision: RevisionFacts, loader: Manifest, claim: ClaimFacts) -> Manifest:
    pod = pod_spec(service, revision.template, loader)
    if SHARED not in claim.access_modes:
        pod["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [beside(service)]}}
    template = {"metadata": {"labels": labels(service, PRUNER)}, "spec": pod}
    return {**job(template), "activeDeadlineSeconds": WITHIN_SECONDS}
