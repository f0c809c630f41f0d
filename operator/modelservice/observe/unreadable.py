"""A ModelService whose spec this operator cannot read: it is not accepted, and what runs is left alone and told of."""

from __future__ import annotations

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import Metadata, ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.api.status import Status
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.observe.seen import Seen


def unreadable(metadata: Metadata, previous: Status, facts: Facts, message: str, config: OperatorConfig) -> Seen:
    """The look at it: what is wanted is what its Deployment is at."""
    running = facts.deployment
    target = running.revision if running else ""
    return Seen(
        service=ModelService(metadata=metadata, spec=ModelServiceSpec(), status=previous),
        facts=facts,
        findings=(Finding(Reason.INVALID_SPEC, "", message),),
        problems=(),
        rollout=RolloutFacts(Verdict.STEADY, target, current=previous.current_revision or ""),
        config=config,
        wanted=running.wanted if running else 1,
        gpus=0,
    )
