"""Why a pod has no node: the scheduler's own words, read together with what is known of the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from modelservice.api.reasons import Reason
from modelservice.facts.pods import PodFacts
from modelservice.observe.nodes import gpu_shortage, untolerated
from modelservice.observe.references import claim_field
from modelservice.observe.seen import Seen
from modelservice.observe.volumes import unbound
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import count, sentence

SCHEDULER_GRACE = timedelta(seconds=30)

_NODES = re.compile(r"^\d+/\d+ nodes are available: (?P<parts>.*?)\.(?:\s|$)", re.S)
_PART = re.compile(r"(?:(?P<nodes>\d+) )?(?P<why>.+)", re.S)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What the scheduler says of some nodes, and what to do about it. Named groups fill the sentence."""

    pattern: re.Pattern[str]
    reason: Reason
    says: str
    needs: Needs = Needs.HELP


OBSTACLES = (
    Obstacle(
        re.compile(r"Insufficient (?!cpu|memory|ephemeral-storage|hugepages)(?P<resource>\S+)"),
        Reason.NOT_ENOUGH_GPUS,
        "{nodes} too few free {resource}: free some, or lower gpu.count.",
        Needs.TIME,
    ),
    Obstacle(
        re.compile(r"Insufficient (?P<resource>cpu|memory|ephemeral-storage)"),
        Reason.UNSCHEDULABLE,
        "{nodes} too little free {resource}: free some, or lower resources.requests.{resource}.",
        Needs.TIME,
    ),
    Obstacle(
        re.compile(r"didn't match Pod's node affinity/selector"),
        Reason.NO_MATCHING_NODE,
        "{nodes} not the labels asked for: change nodeSelector, affinity or gpu.products.",
    ),
    Obstacle(
        re.compile(r"untolerated taint"),
        Reason.UNSCHEDULABLE,
        "{nodes} a taint that is not tolerated{taints}: add it to tolerations.",
    ),
    Obstacle(re.compile(r"were unschedulable"), Reason.UNSCHEDULABLE, "{nodes} been cordoned: uncordon.", Needs.TIME),
    Obstacle(
        re.compile(r"persistentvolumeclaim \"(?P<claim>[^\"]+)\" not found"),
        Reason.CLAIM_MISSING,
        "PersistentVolumeClaim {claim} does not exist: create it, or change {field}.",
    ),
    Obstacle(
        re.compile(r"unbound immediate PersistentVolumeClaims"),
        Reason.CLAIM_NOT_BOUND,
        "A PersistentVolumeClaim of the pod is not bound: change cache.storageClassName, or provide a volume.",
    ),
    Obstacle(
        re.compile(r"ReadWriteOncePod"),
        Reason.UNSCHEDULABLE,
        "Another pod has the cache's volume, which is ReadWriteOncePod: use a claim that is ReadWriteMany in cache, or "
        "set replicas to 1.",
    ),
    Obstacle(
        re.compile(r"volume node affinity conflict"),
        Reason.UNSCHEDULABLE,
        "{nodes} no access to the cache's volume, which is bound to one node or zone: free GPUs there, or use a "
        "shared volume in cache.",
    ),
    Obstacle(
        re.compile(r"didn't match pod (?:anti-)?affinity rules|didn't satisfy existing pods anti-affinity"),
        Reason.UNSCHEDULABLE,
        "{nodes} pods that affinity excludes: change affinity, or lower replicas.",
    ),
    Obstacle(
        re.compile(r"didn't match pod topology spread constraints"),
        Reason.UNSCHEDULABLE,
        "{nodes} no room under topologySpreadConstraints: change them, or lower replicas.",
    ),
    Obstacle(re.compile(r"Too many pods"), Reason.UNSCHEDULABLE, "{nodes} no room for more pods.", Needs.TIME),
)


def unscheduled(seen: Seen, pod: PodFacts) -> Wait | None:
    """Why this pod waits for a node; nothing when it has one."""
    if pod.scheduled:
        return None
    if pod.gated:
        message = "A scheduling gate holds the pod until its queue lets it go."
        return Wait(Reason.SCHEDULING_GATED, message, since=pod.unschedulable_since)
    if not pod.unschedulable_message:
        return _unseen(seen, pod)
    return unbound(seen, pod) or _shortage(seen, pod) or _obstacle(seen, pod)


def _unseen(seen: Seen, pod: PodFacts) -> Wait | None:
    """A pod that no scheduler has looked at."""
    until = pod.created_at + SCHEDULER_GRACE if pod.created_at else None
    if until is None or seen.facts.now < until:
        return Wait(Reason.STARTING, "A pod waits for the scheduler.", since=pod.created_at, again=until)
    scheduler = seen.service.spec.scheduler_name
    which = f"scheduler {scheduler} (schedulerName)" if scheduler else "the cluster's scheduler"
    return Wait(
        Reason.UNSCHEDULABLE, f"No scheduler has looked at the pod: does {which} run?", Needs.HELP, pod.created_at
    )


def _shortage(seen: Seen, pod: PodFacts) -> Wait | None:
    shortage = gpu_shortage(seen, _asks_gpus(seen, pod))
    if shortage is None:
        return None
    return Wait(shortage.reason, shortage.message, shortage.needs, pod.unschedulable_since)


def _asks_gpus(seen: Seen, pod: PodFacts) -> bool:
    return f"Insufficient {seen.service.spec.gpu.resource_name}" in pod.unschedulable_message


def _obstacle(seen: Seen, pod: PodFacts) -> Wait:
    """The scheduler's words, each part as a sentence of ours; the first that we know gives the reason."""
    told = tuple(_told(seen, pod.unschedulable_message))
    if not told:
        message = "The scheduler says: " + sentence(pod.unschedulable_message)
        return Wait(Reason.UNSCHEDULABLE, message, Needs.HELP, pod.unschedulable_since)
    first = told[0][0]
    message = "No node takes the pod. " + " ".join(text for _, text in told)
    return Wait(first.reason, message, first.needs, pod.unschedulable_since)


def _told(seen: Seen, message: str) -> Iterator[tuple[Obstacle, str]]:
    parts = _NODES.match(message)
    said = re.split(r", (?=\d+ )", parts["parts"]) if parts else [message]
    for obstacle in OBSTACLES:
        for part in said:
            found = _PART.match(part)
            if found and (match := obstacle.pattern.search(found["why"])) and _is_first(obstacle, found["why"]):
                yield obstacle, _say(seen, obstacle, found["nodes"], match.groupdict())


def _say(seen: Seen, obstacle: Obstacle, nodes: str | None, values: dict[str, str]) -> str:
    taints = untolerated(seen)
    return obstacle.says.format(
        nodes=_nodes(nodes),
        taints=f" ({taints})" if taints else "",
        field=claim_field(seen.service.spec, values.get("claim", "")),
        **values,
    )


def _is_first(obstacle: Obstacle, why: str) -> bool:
    return next(known for known in OBSTACLES if known.pattern.search(why)) is obstacle


def _nodes(number: str | None) -> str:
    if number is None:
        return "Nodes have"
    return count(int(number), "node") + (" has" if number == "1" else " have")
