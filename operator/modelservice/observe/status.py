"""From one look at a ModelService to its Status: the same look always gives the same status, to the byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from modelservice.api.status import Capabilities, Child, ConditionType, ModelStatus, Status
from modelservice.facts.rollout import Verdict
from modelservice.observe.aspects import claims
from modelservice.observe.cached import model_status
from modelservice.observe.conditions import conditions, shorten
from modelservice.observe.phases import phase
from modelservice.observe.refusals import refused_findings
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.waiting import waits_for


@dataclass(frozen=True, slots=True)
class Observed:
    """The status, and when to look again because time alone will change it; None when only events can."""

    status: Status
    again: datetime | None = None


def observe(
    seen: Seen,
    open_ai_path: str | None = "/v1",
    children: Sequence[Child] = (),
    capabilities: Capabilities | None = None,
) -> Observed:
    """What to write into the status of this ModelService now."""
    wait = waits_for(seen)
    until = _patience(seen, wait)
    stalled = wait is not None and (wait.needs is Needs.CHANGE or (until is not None and seen.facts.now >= until))
    told = claims(seen, wait, stalled)
    ready = next(claim for claim in told if claim.type is ConditionType.READY)
    generation = seen.service.metadata.generation
    status = Status(
        observed_generation=generation,
        phase=wait.phase if wait and wait.phase else phase(ready.reason),
        message=shorten(ready.message),
        replicas=len(seen.live),
        ready_replicas=len(seen.ready),
        ready=f"{len(seen.ready)}/{seen.wanted}",
        selector=seen.selector,
        current_revision=seen.rollout.current or None,
        update_revision=_update_revision(seen),
        capabilities=capabilities,
        children=list(children),
        conditions=conditions(told, seen.previous, generation, seen.facts.now),
        **_address(seen, open_ai_path),
    )
    deadline = None if stalled else until
    return Observed(status, min((time for time in (deadline, wait and wait.again) if time), default=None))


def _patience(seen: Seen, wait: Wait | None) -> datetime | None:
    """When a wait for help becomes a case for a person: once it has lasted as long as a model may take to load."""
    if wait is None or wait.needs is not Needs.HELP:
        return None
    return (wait.since or seen.reconciling_since) + seen.budget


def _update_revision(seen: Seen) -> str | None:
    rollout = seen.rollout
    if rollout.verdict is Verdict.REVERTED:
        return rollout.failed or None
    return rollout.target if rollout.target and rollout.target != rollout.current else None


def _address(seen: Seen, open_ai_path: str | None) -> dict[str, str | ModelStatus | None]:
    """Where and what it serves. A spec that is not accepted changes nothing of it."""
    if refused_findings(seen) and seen.previous.url:
        kept = seen.previous
        return {name: getattr(kept, name) for name in ("url", "open_ai_url", "engine", "gpu", "model")}
    service = seen.service
    name, namespace = service.metadata.name, service.metadata.namespace
    url = f"http://{name}.{namespace}.svc.{seen.config.cluster_domain}:{service.spec.service.port}"
    return {
        "url": url,
        "open_ai_url": None if open_ai_path is None else url + open_ai_path,
        "engine": service.spec.engine.type.value,
        "gpu": seen.gpu_text,
        "model": model_status(seen),
    }
