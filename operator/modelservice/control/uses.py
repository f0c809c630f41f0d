"""Who needs what of a ModelService's cache, asked once a new revision of it serves and others may be removed.

All ModelServices of the namespace are read, with every revision of theirs that may come back, so this is done only for
those that shall be pruned, and only until they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import ValidationError

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService, parse
from modelservice.control import trial
from modelservice.control.caches import Caches
from modelservice.control.services import Services
from modelservice.facts.facts import Facts
from modelservice.facts.uses import Use
from modelservice.facts.workload import JobFacts
from modelservice.kube.resources import Key
from modelservice.render.effective import effective
from modelservice.render.fetching import prunes
from modelservice.render.inputs import current_inputs, parsed
from modelservice.render.uses import uses_of

SOON, LATER = timedelta(seconds=1), timedelta(seconds=60)


def awaits_pruning(service: ModelService, facts: Facts, config: OperatorConfig) -> bool:
    """Whether its rollout is over, and nobody has looked since what is left of other revisions of its model."""
    model, deployment = service.status.model, facts.deployment
    if model is not None and model.source == service.spec.model and model.pruned is not None:
        return False
    if deployment is None or not trial.succeeded(deployment, deployment.wanted):
        return False
    others = any(pod.revision != deployment.revision for pod in facts.pods if pod.component == "engine")
    return not others and prunes(effective(service.spec, config.defaults))


def next_look(service: ModelService, facts: Facts, config: OperatorConfig) -> datetime | None:
    """A Job that has been made begins soon; what another ModelService holds on to, nobody tells us when it lets go."""
    if not awaits_pruning(service, facts, config):
        return None
    if any(job.suspended for job in facts.jobs):
        return facts.now + SOON
    return facts.now + LATER if facts.uses is None else None


def uses(
    namespace: str, claim: str, services: Services, caches: Caches, config: OperatorConfig
) -> tuple[Use, ...] | None:
    """None while somebody may need what nobody names: see `_hidden`."""
    found: list[Use] = []
    for key in services:
        if key.namespace == namespace and (body := services.get(key)):
            try:
                found += uses_of(key.name, parse(body).spec, config)
            except ValidationError:
                return None
    for key, seen in caches.children["ControllerRevision"].items():
        if key.namespace == namespace and seen.service:
            spec = parsed(current_inputs(seen.facts.facts()))
            if spec is None:
                return None
            found += uses_of(seen.service, spec, config)
    return None if any(_hidden(namespace, claim, found, services, caches)) else tuple(dict.fromkeys(found))


def _hidden(
    namespace: str, claim: str, found: list[Use], services: Services, caches: Caches
) -> Iterator[JobFacts | Key]:
    """Jobs that fetched what is named no longer: an edit back within their time would rely on it. And pods that a
    deleted ModelService has left, which read until they end.
    """
    named = {(use.claim, use.folder, use.reference) for use in found}
    for key, job in caches.children["Job"].items():
        fetched = job.facts.claim, job.facts.folder, job.facts.reference
        if key.namespace == namespace and job.facts.claim == claim and job.facts.reference and fetched not in named:
            yield job.facts
    for key, pod in caches.pods.items():
        if key.namespace == namespace and pod.service and services.get(Key(namespace, pod.service)) is None:
            yield key
