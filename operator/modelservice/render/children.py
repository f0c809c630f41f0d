"""All children of one ModelService, in the order in which they are applied: what is named by its content, then the
claim, then the Jobs that fill it, then the Deployment that needs them, then the rest.
"""

from __future__ import annotations

from modelservice.api.resource import ModelService
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts
from modelservice.facts.workload import ClaimFacts, RevisionFacts
from modelservice.render.claim import claim
from modelservice.render.configmaps import config_map
from modelservice.render.deployment import deployment
from modelservice.render.disruption import disruption_budget
from modelservice.render.loader import fetching_jobs
from modelservice.render.metadata import Manifest, marked
from modelservice.render.ports import target_port
from modelservice.render.prepared import Prepared
from modelservice.render.pruning import pruning_job
from modelservice.render.revision import controller_revision, named
from modelservice.render.service import service


def children(owner: ModelService, prepared: Prepared, rollout: RolloutFacts, facts: Facts) -> list[Manifest]:
    """Nothing while there is no revision that may run or is fetched for. Each manifest bears its own digest."""
    kept = kept_revisions(prepared, rollout, facts)
    target, fetching = named(tuple(kept), rollout.target), named(tuple(kept), rollout.fetching)
    first = target or fetching
    if first is None:
        return []
    texts = {name: data for revision in kept for name, data in revision.config_maps.items()}
    manifests = [
        *(config_map(owner, name, data) for name, data in texts.items()),
        *(controller_revision(owner, revision, rollout) for revision in kept),
        claim(owner, prepared.spec, facts.claim),
        *(fetching_jobs(owner, fetching) if fetching else ()),
        pruning_job(owner, prepared, rollout, facts),
        deployment(owner, prepared, target, known_claims(facts)) if target else None,
        service(owner, prepared.spec, target_port([first.template, *(revision.template for revision in kept)])),
        disruption_budget(owner, prepared.spec),
    ]
    return [marked(manifest) for manifest in manifests if manifest is not None]


def known_claims(facts: Facts) -> list[ClaimFacts]:
    """Every claim seen that the pods may mount."""
    return [*([facts.claim] if facts.claim else []), *facts.model_claims]


def kept_revisions(prepared: Prepared, rollout: RolloutFacts, facts: Facts) -> list[RevisionFacts]:
    """What is wanted, runs, was taken back, or has pods left, oldest first. The others go."""
    known = {revision.name: revision for revision in facts.revisions}
    if prepared.candidate:
        known[prepared.candidate.name] = prepared.candidate
    wanted = {rollout.target, rollout.current, rollout.failed, rollout.fetching}
    wanted |= {prepared.candidate.name} if prepared.candidate else set()
    wanted |= {pod.revision for pod in facts.pods}
    wanted |= {replica_set.revision for replica_set in facts.replica_sets if replica_set.replicas}
    kept = [revision for name, revision in known.items() if name in wanted]
    return sorted(kept, key=lambda revision: (revision.number, revision.name))
