"""Whether the pods find a place: GPUs that are free on the nodes, and what a ResourceQuota leaves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.engines.quantity import number_of
from modelservice.facts.cluster import NodeFacts
from modelservice.facts.pods import PodFacts
from modelservice.facts.raw import items, part
from modelservice.kube.resources import Manifest
from modelservice.observe.nodes import nowhere, usable

ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Crew:
    """The pods of the service: how many there are, will be at the most, and whether new ones wait for old ones to go.

    `anew` says that all are replaced, so that the places of the old count as free.
    """

    present: int
    wanted: int
    most: int
    anew: bool = False

    @property
    def more(self) -> int:
        """How many come before any goes."""
        return max(0, self.most - self.present)


def taken(nodes: Iterable[NodeFacts], pods: Iterable[PodFacts]) -> tuple[NodeFacts, ...]:
    """The nodes with what all these pods ask of them."""
    asked: dict[str, Counter[str]] = {}
    for pod in pods:
        if pod.node and pod.phase not in ENDED:
            asked.setdefault(pod.node, Counter()).update(pod.asks)
    return tuple(replace(node, taken=dict(asked.get(node.name, {}))) for node in nodes)


def on_nodes(
    spec: ModelServiceSpec, gpus: int, crew: Crew, nodes: tuple[NodeFacts, ...], own: Sequence[PodFacts]
) -> Remark | None:
    """Why not all pods would have a place today; `nodes` know what is taken."""
    if not crew.wanted:
        return None
    nothing = nowhere(spec, gpus, nodes)
    if nothing:
        return Remark(Severity.WARNING, nothing.message, reason=nothing.reason)
    if not gpus:
        return None
    resource, places = spec.gpu.resource_name, usable(spec, gpus, nodes)
    leaving: Counter[str] = Counter()
    for pod in own if crew.anew else ():
        leaving[pod.node] += pod.asks.get(resource, 0)
    held = (node.taken.get(resource, 0) - leaving[node.name] for node in places)
    free = [max(0, node.allocatable.get(resource, 0) - gone) for node, gone in zip(places, held, strict=True)]
    due = crew.wanted if crew.anew else crew.more
    fits = sum(count // gpus for count in free)
    if fits >= due:
        return None
    told = (
        f"{due} pods with {gpus} {resource} each need a place, and {fits} of them would find one: {sum(free)} are "
        f"free on {len(places)} matching nodes, at most {max(free, default=0)} on one. The others would wait: free "
        "some, or lower gpu.count or replicas."
    )
    return Remark(Severity.WARNING, told, "gpu.count", Reason.NOT_ENOUGH_GPUS)


def in_quotas(quotas: Iterable[Manifest], pod: Mapping[str, object], more: int) -> Iterator[Remark]:
    """What each quota has too little of for so many more pods; a quota with scopes is left to admission."""
    asks = _asks(pod)
    for quota in quotas if more else ():
        if quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"):
            continue
        hard, used = part(quota, "status", "hard"), part(quota, "status", "used")
        for name, most in hard.items():
            left = (number_of(most) or Decimal(0)) - (number_of(used.get(name, 0)) or Decimal(0))
            if asks.get(name) and asks[name] * more > left:
                told = (
                    f"ResourceQuota {quota['metadata']['name']} leaves {left.normalize():f} of {name}, and {more} more "
                    f"pods ask for {(asks[name] * more).normalize():f}: raise it, or lower replicas"
                )
                yield Remark(Severity.WARNING, told, "replicas", Reason.QUOTA_EXCEEDED)


def _asks(pod: Mapping[str, object]) -> dict[str, Decimal]:
    """What one pod counts for, under the names that quotas use."""
    total: dict[str, Decimal] = defaultdict(Decimal, {"pods": Decimal(1), "count/pods": Decimal(1)})
    for container in items(pod, "containers"):
        resources = part(container, "resources")
        limits = part(resources, "limits")
        for prefix, amounts in (("limits", limits), ("requests", {**limits, **part(resources, "requests")})):
            for name, amount in amounts.items():
                number = number_of(amount) or Decimal(0)
                total[f"{prefix}.{name}"] += number
                if prefix == "requests" and name in ("cpu", "memory", "ephemeral-storage"):
                    total[name] += number
    return total
