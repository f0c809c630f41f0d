"""What a pass comes to, decided without a write: the operator carries it out, and `modelservice plan` tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService
from modelservice.control import rollout
from modelservice.control.plan import Plan, plan
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts
from modelservice.render.children import children
from modelservice.render.metadata import Manifest
from modelservice.render.prepare import prepare
from modelservice.render.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Intent:
    """`wanted` are all children that should be, and `todo` is what it takes to get there."""

    prepared: Prepared
    rollout: RolloutFacts
    wanted: Sequence[Manifest]
    todo: Plan


def intend(service: ModelService, facts: Facts, config: OperatorConfig) -> Intent:
    """What this ModelService needs now, given all that is seen."""
    prepared = prepare(service, facts, config)
    decision = rollout.decide(service.status.current_revision or "", prepared, facts)
    wanted = children(service, prepared, decision, facts)
    return Intent(prepared, decision, wanted, plan(wanted, facts, service.status.children))
