"""Which nodes could take a replica, and what is missing on them: labels, a GPU product, enough GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.cluster import NodeFacts, Taint
from modelservice.facts.parse_cluster import BULK_LABELS
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs
from modelservice.observe.words import names

HARD_EFFECTS = frozenset({"NoSchedule", "NoExecute"})


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why the nodes of this cluster do not do."""

    reason: Reason
    message: str
    needs: Needs


def gpu_shortage(seen: Seen, scheduler_says_so: bool) -> Shortage | None:
    """What keeps a replica off every node, as far as nodes are known.

    Labels that are not kept of nodes are not judged. That GPUs are merely taken is only said after the scheduler.
    """
    nodes = seen.facts.cluster.nodes
    if nodes is None:
        return None
    lacking = nowhere(seen.service.spec, seen.gpus, nodes)
    if lacking or not seen.gpus or not scheduler_says_so:
        return lacking
    return _taken(seen, usable(seen.service.spec, seen.gpus, nodes))


def nowhere(spec: ModelServiceSpec, gpus: int, nodes: tuple[NodeFacts, ...]) -> Shortage | None:
    """Why a replica finds no place on these nodes, be they ever so empty."""
    matching, missing = _matching(spec, gpus, nodes)
    if missing:
        return Shortage(Reason.NO_MATCHING_NODE, missing, Needs.HELP)
    return _too_small(spec.gpu.resource_name, gpus, matching) if gpus else None


def usable(spec: ModelServiceSpec, gpus: int, nodes: tuple[NodeFacts, ...]) -> tuple[NodeFacts, ...]:
    """The nodes that take pods of this service today, as far as labels and taints go."""
    matching, _ = _matching(spec, gpus, nodes)
    return tuple(node for node in matching if node.ready and node.schedulable and not _repels(spec, node))


def untolerated(seen: Seen) -> str:
    """The taints that keep this service off nodes which it selects, as far as nodes are known."""
    spec = seen.service.spec
    nodes, _ = _matching(spec, seen.gpus, seen.facts.cluster.nodes or ())
    return names(_named(taint) for node in nodes for taint in _repels(spec, node))


def _repels(spec: ModelServiceSpec, node: NodeFacts) -> tuple[Taint, ...]:
    """The taints of this node that the pods do not tolerate; the one of their own GPUs they always do."""
    own = {"key": spec.gpu.resource_name, "operator": "Exists"}
    tolerations = [*spec.tolerations, own]
    hard = (taint for taint in node.taints if taint.effect in HARD_EFFECTS)
    return tuple(taint for taint in hard if not any(_tolerates(found, taint) for found in tolerations))


def _named(taint: Taint) -> str:
    return f"{taint.key}={taint.value}" if taint.value else taint.key


def _tolerates(toleration: Mapping[str, Any], taint: Taint) -> bool:
    """Kubernetes' own rule; an empty key tolerates all, an empty effect every effect."""
    if toleration.get("effect") not in (None, "", taint.effect):
        return False
    if toleration.get("key") not in (None, "", taint.key):
        return False
    return toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.value


def _matching(spec: ModelServiceSpec, gpus: int, nodes: tuple[NodeFacts, ...]) -> tuple[tuple[NodeFacts, ...], str]:
    """The nodes that the spec selects, or the sentence that says which condition none of them meets."""
    if gpus:
        resource = spec.gpu.resource_name
        nodes = tuple(node for node in nodes if node.allocatable.get(resource, 0) > 0)
        if not nodes:
            return (), (
                f"No node offers {resource}. Install the GPU's device plugin, or change gpu.resourceName, or set "
                "gpu.count to 0 for CPU."
            )
    products = spec.gpu.products
    if gpus and products:
        present = {node.gpu_product for node in nodes if node.gpu_product}
        nodes = tuple(node for node in nodes if node.gpu_product in products)
        if not nodes:
            have = f"the cluster has {names(present)}" if present else "no node bears the label nvidia.com/gpu.product"
            return (), f"No node has GPU product {names(products)}; {have}. Change gpu.products."
    for key, value in spec.node_selector.items():
        if key.startswith(BULK_LABELS):
            continue
        nodes = tuple(node for node in nodes if node.labels.get(key) == value)
        if not nodes:
            which = "node" if not gpus else "node with such GPUs"
            return (), f"No {which} has the label {key}={value}. Change nodeSelector, or label a node."
    return nodes, ""


def _too_small(resource: str, gpus: int, nodes: tuple[NodeFacts, ...]) -> Shortage | None:
    biggest = max((node.allocatable.get(resource, 0) for node in nodes), default=0)
    if biggest >= gpus:
        return None
    message = (
        f"A replica asks for {gpus} {resource} on one node, and the biggest that matches has {biggest}. "
        "Lower gpu.count."
    )
    return Shortage(Reason.NOT_ENOUGH_GPUS, message, Needs.HELP)


def _taken(seen: Seen, nodes: tuple[NodeFacts, ...]) -> Shortage | None:
    resource = seen.service.spec.gpu.resource_name
    if not nodes:
        return None
    total = sum(node.allocatable.get(resource, 0) for node in nodes)
    free = [max(0, node.allocatable.get(resource, 0) - node.taken.get(resource, 0)) for node in nodes]
    message = f"A replica asks for {seen.gpus} {resource}; {_have(len(nodes))} {total}, "
    if max(free) < seen.gpus:
        message += f"of which {sum(free)} are free, at most {max(free)} on one node."
    else:
        message += "and pods that are no ModelService's hold too many of them."
    return Shortage(Reason.NOT_ENOUGH_GPUS, message + " Waiting until some are free.", Needs.TIME)


def _have(nodes: int) -> str:
    return "1 matching node has" if nodes == 1 else f"{nodes} matching nodes have"
