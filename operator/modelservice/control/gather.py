"""All facts of one pass over one ModelService, out of the caches: nothing is asked of the API server here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService
from modelservice.control.caches import Caches
from modelservice.control.evidence import Answers
from modelservice.control.seen import child
from modelservice.facts.cluster import ClusterFacts, NodeFacts
from modelservice.facts.facts import Facts
from modelservice.facts.marks import PRUNER
from modelservice.facts.pods import PodFacts
from modelservice.facts.raw import items, part, text
from modelservice.facts.workload import ChildFacts, ClaimFacts, JobFacts, RevisionFacts
from modelservice.kube.cache import Cache
from modelservice.kube.resources import CLAIM as CLAIMS
from modelservice.kube.resources import Key
from modelservice.observe.seen import ENDED
from modelservice.render.effective import effective
from modelservice.render.locate import located
from modelservice.render.volumes import claim_name

CLAIM = CLAIMS.kind


def gather(service: ModelService, caches: Caches, config: OperatorConfig, answers: Answers, now: datetime) -> Facts:
    """What is seen of this ModelService and of the cluster around it."""
    key = Key(service.metadata.namespace, service.metadata.name)
    deployment = caches.children["Deployment"].get(key)
    pods, claim = pods_of(key, caches), _claim(service, caches, config)
    revisions = tuple(_revisions(service, caches))
    return Facts(
        now=now,
        cluster=_cluster(caches, counting=any(not pod.scheduled for pod in pods)),
        deployment=deployment.facts if deployment and deployment.owner == service.metadata.uid else None,
        replica_sets=tuple(seen.facts for _, seen in sorted(caches.replica_sets.of(key).items())),
        pods=pods,
        claim=claim,
        model_claims=tuple(_model_claims(service, revisions, caches, config)),
        revisions=revisions,
        jobs=tuple(_jobs(service, caches)),
        children=tuple(_children(service, caches)),
        foreign_autoscalers=tuple(sorted(autoscaler.name for autoscaler in caches.autoscalers.of(key))),
        events=answers.events,
        logs=answers.logs,
        pruning=claim is not None and any(_pruning(key.namespace, claim.name, caches)),
    )


def pods_of(service: Key, caches: Caches) -> tuple[PodFacts, ...]:
    return tuple(seen.facts for _, seen in sorted(caches.pods.of(service).items()))


def _children(service: ModelService, caches: Caches) -> Iterator[ChildFacts]:
    """What bears our labels with this name, and a claim that bears a name of ours and nothing else."""
    key = Key(service.metadata.namespace, service.metadata.name)
    for kind, cache in caches.children.items():
        for found, seen in sorted(cache.of(key).items()):
            yield child(kind, found, seen, owned=kind == CLAIM or seen.owner == service.metadata.uid)
    own_claim = Key(key.namespace, claim_name(key.name))
    foreign = caches.children[CLAIM].get(own_claim)
    if foreign is not None and foreign.service != key.name:
        yield child(CLAIM, own_claim, foreign, owned=False)


def _revisions(service: ModelService, caches: Caches) -> Iterator[RevisionFacts]:
    key = Key(service.metadata.namespace, service.metadata.name)
    for _, seen in sorted(caches.children["ControllerRevision"].of(key).items()):
        if seen.owner == service.metadata.uid and not seen.deleting:
            yield seen.facts.facts()


def _jobs(service: ModelService, caches: Caches) -> Iterator[JobFacts]:
    key = Key(service.metadata.namespace, service.metadata.name)
    for _, seen in sorted(caches.children["Job"].of(key).items()):
        if seen.owner == service.metadata.uid and not seen.deleting:
            yield seen.facts


def _claim(service: ModelService, caches: Caches, config: OperatorConfig) -> ClaimFacts | None:
    """The claim of the cache: the user's, or the one that we make."""
    cache = effective(service.spec, config.defaults).cache
    name = (cache and cache.claim_name) or claim_name(service.metadata.name)
    seen = caches.children[CLAIM].get(Key(service.metadata.namespace, name))
    return seen.facts if seen else None


def _pruning(namespace: str, claim: str, caches: Caches) -> Iterator[Key]:
    """Jobs that prune this claim for whomever, and pods that Jobs have left."""
    for key, job in caches.children["Job"].items():
        if job.facts.prunes_for and job.facts.claim == claim and key.namespace == namespace and not job.facts.finished:
            yield key
    for key, pod in caches.pods.items():
        if pod.facts.component == PRUNER and key.namespace == namespace and pod.facts.phase not in ENDED:
            yield key


def _model_claims(
    service: ModelService, revisions: Sequence[RevisionFacts], caches: Caches, config: OperatorConfig
) -> Iterator[ClaimFacts]:
    """The claims that the model and its adapters lie on, and those that pods of earlier specs mount."""
    models, _ = located(effective(service.spec, config.defaults))
    volumes = [model.volume.source for model in models if model.volume]
    volumes += [volume for revision in revisions for volume in items(part(revision.template, "spec"), "volumes")]
    for name in dict.fromkeys(text(part(volume, "persistentVolumeClaim"), "claimName") for volume in volumes):
        seen = caches.children[CLAIM].get(Key(service.metadata.namespace, name))
        if seen:
            yield seen.facts


def _cluster(caches: Caches, *, counting: bool) -> ClusterFacts:
    """`counting` the GPUs that are taken on each node takes a look at every pod, so it is done when one waits."""
    return ClusterFacts(
        minor=caches.minor,
        runtime_classes=None if caches.runtime_classes is None else frozenset(caches.runtime_classes.values()),
        storage_classes=None if caches.storage_classes is None else tuple(caches.storage_classes.values()),
        nodes=None if caches.nodes is None else tuple(_nodes(caches.nodes, caches, counting)),
    )


def _nodes(nodes: Cache[NodeFacts], caches: Caches, counting: bool) -> Iterator[NodeFacts]:
    if not counting:
        yield from nodes.values()
        return
    taken: dict[str, Counter[str]] = {}
    for seen in caches.pods.values():
        if seen.facts.node and seen.facts.phase not in ENDED:
            taken.setdefault(seen.facts.node, Counter()).update(seen.facts.asks)
    for node in nodes.values():
        yield replace(node, taken=dict(taken.get(node.name, {})))
