"""The PodDisruptionBudget: a drain of nodes takes one replica at a time, and never waits for one that is broken."""

from __future__ import annotations

from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.render.metadata import Manifest, metadata, selector


def disruption_budget(owner: ModelService, spec: ModelServiceSpec) -> Manifest | None:
    """None for a single replica: a budget for it could only block drains for ever."""
    if spec.suspend or spec.replicas < 2:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(owner, owner.metadata.name),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector(owner.metadata.name)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
