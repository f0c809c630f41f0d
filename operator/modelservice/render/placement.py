"""Where the pod may run: tolerations for the taint that GPU nodes bear, and the GPU products that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.render.blueprint import Blueprint

PRODUCT_LABEL = "nvidia.com/gpu.product"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def tolerations(blueprint: Blueprint) -> list[Mapping[str, Any]]:
    """The user's, and with GPUs the one for nodes kept free by a taint with the resource's name."""
    result: list[Mapping[str, Any]] = list(blueprint.spec.tolerations)
    gpus = {"key": blueprint.spec.gpu.resource_name, "operator": "Exists"}
    if blueprint.resolved.gpus and gpus not in result:
        result.append(gpus)
    return result


def with_products(affinity: Any, products: list[str]) -> Any:
    """The affinity with "and the GPU is one of these" in each of its alternatives (terms are ORed).

    What has not the shape of an affinity is left for the API server to refuse.
    """
    if not products:
        return affinity
    wanted = {"key": PRODUCT_LABEL, "operator": "In", "values": list(products)}
    try:
        node = affinity.get("nodeAffinity", {})
        required = node.get(_REQUIRED, {})
        terms = required.get("nodeSelectorTerms", [{}])
        narrowed = [{**term, "matchExpressions": [*term.get("matchExpressions", []), wanted]} for term in terms]
        return {**affinity, "nodeAffinity": {**node, _REQUIRED: {**required, "nodeSelectorTerms": narrowed}}}
    except (AttributeError, TypeError):
        return affinity
