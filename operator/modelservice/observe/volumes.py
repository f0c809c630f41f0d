"""The cache's claim: whether it is there and bound, and what is wrong with its class when it is not."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.api.spec import Cache, ModelServiceSpec
from modelservice.facts.pods import PodFacts
from modelservice.facts.workload import ClaimFacts
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import names

HOSTNAME = "kubernetes.io/hostname"
SHARED_MODES = frozenset({"ReadWriteMany", "ReadOnlyMany"})
WAIT_FOR_POD = "WaitForFirstConsumer"


def unbound(seen: Seen, pod: PodFacts) -> Wait | None:
    """Why the claim keeps this pod from a node; nothing when the claim is bound or may bind once the pod has one."""
    wait = claim_trouble(seen)
    return None if wait is None else Wait(wait.reason, wait.message, wait.needs, pod.unschedulable_since)


def claim_trouble(seen: Seen) -> Wait | None:
    """What is wrong with the claim of the cache."""
    cache = claimed(seen.service.spec)
    if cache is None:
        return None
    claim = seen.facts.claim
    if claim is None:
        return _missing(cache.claim_name)
    if claim.phase == "Lost":
        message = f"PersistentVolumeClaim {claim.name} has lost its volume. Restore the volume, or change cache."
        return Wait(Reason.CLAIM_LOST, message, Needs.HELP)
    if claim.deleting:
        message = f"PersistentVolumeClaim {claim.name} is being deleted. Wait until it is gone, or change cache."
        return Wait(Reason.CLAIM_LOST, message, Needs.HELP)
    return None if claim.phase == "Bound" else _pending(seen, claim)


def volume_warning(seen: Seen) -> str:
    """What will go wrong with this claim and these replicas, before anything hangs; empty when nothing."""
    cache, claim = claimed(seen.service.spec), seen.facts.claim
    if cache is None or claim is None:
        return ""
    modes = set(claim.access_modes)
    if modes == {"ReadOnlyMany"} and not cache.read_only:
        return f"PersistentVolumeClaim {claim.name} is ReadOnlyMany: set cache.readOnly, and fill it by other means."
    if seen.wanted < 2 or not modes or modes & SHARED_MODES or HOSTNAME in seen.service.spec.node_selector:
        return ""
    where = "in one pod" if "ReadWriteOncePod" in modes else "on one node"
    return (
        f"PersistentVolumeClaim {claim.name} is {names(modes)} and can be {where} only, so that some of "
        f"{seen.wanted} replicas may wait for ever. Use a claim that is ReadWriteMany (cache.accessModes, "
        "cache.claimName), or lower replicas."
    )


def claimed(spec: ModelServiceSpec) -> Cache | None:
    """The cache, if it is a claim and no folder that goes with the pod."""
    cache = spec.cache
    return cache if cache and (cache.claim_name or cache.size) else None


def _missing(claim_name: str | None) -> Wait:
    if claim_name is None:
        return Wait(Reason.CLAIM_MISSING, "The cache's PersistentVolumeClaim is being made.")
    message = f"PersistentVolumeClaim {claim_name} does not exist. Create it, or change cache.claimName."
    return Wait(Reason.CLAIM_MISSING, message, Needs.HELP)


def _pending(seen: Seen, claim: ClaimFacts) -> Wait | None:
    classes = seen.facts.cluster.storage_classes
    told = f"PersistentVolumeClaim {claim.name} is not bound: "
    if classes is None:
        return Wait(Reason.CLAIM_NOT_BOUND, f"{told}it waits for a volume. {_look(claim)}", Needs.HELP)
    found = next((known for known in classes if known.name == claim.storage_class), None)
    if found is not None and found.binding == WAIT_FOR_POD:
        return None
    if found is not None:
        why = f"StorageClass {found.name} has not made its volume yet."
        return Wait(Reason.CLAIM_NOT_BOUND, f"{told}{why} {_look(claim)}", Needs.HELP)
    have = f"the cluster has {names(known.name for known in classes)}" if classes else "the cluster has none"
    if claim.storage_class:
        why = f"StorageClass {claim.storage_class} does not exist; {have}."
    else:
        why = f"it names no StorageClass and none is the default; {have}."
    return Wait(Reason.CLAIM_NOT_BOUND, f"{told}{why} {_fix(claim)}", Needs.HELP)


def _look(claim: ClaimFacts) -> str:
    """Why a volume does not come stands in the claim's Events alone."""
    elsewhere = "set cache.storageClassName in a new service" if claim.service else "change cache.claimName"
    return f"`kubectl describe pvc {claim.name}` says why; or {elsewhere}."


def _fix(claim: ClaimFacts) -> str:
    """A claim's class cannot be changed, so the claim has to go first."""
    if claim.service:
        return f"Set cache.storageClassName in a new service, or delete claim {claim.name} once the class exists."
    return "Make the claim anew, or provide a volume for it."
