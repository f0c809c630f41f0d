"""The condition ModelCached: whether the model is where the pods look for it, or how far it is on its way there."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.api.status import ConditionType, ModelStatus
from modelservice.facts.pods import ContainerFacts
from modelservice.facts.workload import RevisionFacts
from modelservice.observe.conditions import Claim
from modelservice.observe.crashes import crashed
from modelservice.observe.fetching import bytes_of, fetched_bytes, fetching_pod, unfetched
from modelservice.observe.loader_log import is_loader
from modelservice.observe.pruned import pruned
from modelservice.observe.seen import Seen
from modelservice.observe.volumes import claim_trouble, claimed
from modelservice.observe.wait import Wait
from modelservice.observe.words import size


def cached(seen: Seen) -> Claim:
    """Of a revision that waits for its model, this speaks of that one."""
    trouble = claim_trouble(seen) or unfetched(seen) or _in_pods(seen)
    if trouble is not None:
        return Claim(ConditionType.MODEL_CACHED, False, trouble.reason, trouble.message)
    claim, cache = seen.facts.claim, claimed(seen.service.spec)
    if claim is None or cache is None:
        message = "No cache: the engine finds or fetches the model itself at each start."
        return Claim(ConditionType.MODEL_CACHED, True, Reason.NO_CACHE, message)
    if claim.phase != "Bound":
        message = f"PersistentVolumeClaim {claim.name} is bound once the pod has a node."
        return Claim(ConditionType.MODEL_CACHED, False, Reason.CLAIM_NOT_BOUND, message)
    message = f"PersistentVolumeClaim {claim.name} is bound; the engine fetches into it what is missing."
    if prefetched(seen):
        message = f"The model{_size(seen)} lies on PersistentVolumeClaim {claim.name}; engines start from it offline."
    if cache.read_only:
        message = f"PersistentVolumeClaim {claim.name} is bound and read-only: the model must be in it."
    return Claim(ConditionType.MODEL_CACHED, True, Reason.CACHE_READY, message)


def model_status(seen: Seen) -> ModelStatus | None:
    """The model and its bytes. What was once known of them is kept while the model is the same."""
    source = seen.service.spec.model
    if not source:
        return None
    before = seen.previous.model
    known = before if before and before.source == source else ModelStatus(source=source)
    if known.pruned is None:
        known = known.model_copy(update={"pruned": pruned(seen)})
    done, total = bytes_of(seen)
    if done is not None:
        return known.model_copy(update={"size_bytes": total or known.size_bytes, "done_bytes": done})
    if prefetched(seen) and not seen.rollout.fetching:
        whole = fetched_bytes(seen) or known.size_bytes
        return known.model_copy(update={"size_bytes": whole, "done_bytes": whole})
    return known


def prefetched(seen: Seen) -> bool:
    """Whether what should run was fetched for before its engines start."""
    target = _target(seen)
    return target is not None and bool(target.resolved.get("fetch"))


def _target(seen: Seen) -> RevisionFacts | None:
    return next((found for found in seen.facts.revisions if found.name == seen.rollout.target), None)


def _in_pods(seen: Seen) -> Wait | None:
    """An init container is at the model still."""
    for pod in seen.unready:
        if any(found.init and is_loader(found) and not _is_done(found) for found in pod.containers):
            wait = fetching_pod(seen, pod) or crashed(seen, pod)
            return wait or Wait(Reason.DOWNLOADING, f"An init container of pod {pod.name} is about to fetch the model.")
    return None


def _is_done(container: ContainerFacts) -> bool:
    return container.terminated is not None and container.terminated.exit_code == 0


def _size(seen: Seen) -> str:
    found = model_status(seen)
    return f" ({size(found.size_bytes)})" if found and found.size_bytes else ""
