"""What people asked for that is no running service: suspended, scaled to zero; and who else sets the replicas."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import count


def stopping(seen: Seen) -> Wait | None:
    """Nothing should run, and something still does."""
    if seen.wanted or not (left := len(seen.engine_pods)):
        return None
    drain = seen.service.spec.drain_timeout_seconds
    message = f"{count(left, 'pod')} still to stop; running requests may take {drain} s (drainTimeoutSeconds)."
    return Wait(Reason.SUSPENDING if seen.service.spec.suspend else Reason.DRAINING, message)


def autoscaled(seen: Seen) -> Wait | None:
    """An autoscaler sets the Deployment's replicas, which are ours."""
    deployment = seen.facts.deployment
    if not seen.facts.foreign_autoscalers or deployment is None or deployment.wanted == seen.wanted:
        return None
    return Wait(Reason.FOREIGN_AUTOSCALER, foreign_autoscalers(seen), Needs.HELP)


def foreign_autoscalers(seen: Seen) -> str:
    """The warning about autoscalers that point at the Deployment; empty when there is none."""
    found = seen.facts.foreign_autoscalers
    if not found:
        return ""
    return (
        f"Autoscaler {', '.join(found)} points at the Deployment, whose replicas belong to this service. "
        f"Let its scaleTargetRef name ModelService {seen.service.metadata.name} instead."
    )
