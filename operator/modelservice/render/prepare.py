"""From a ModelService to what it asks for: effective spec, resolved values, findings and the candidate revision.

What runs is never changed by anything but an edit: while the inputs are the same as those of a stored revision, that
revision is the candidate as it stands. Today's renderer is asked all the same, to say what a restart would bring.
"""

from __future__ import annotations

from dataclasses import replace

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService
from modelservice.facts.facts import Facts
from modelservice.facts.workload import RevisionFacts
from modelservice.render.configmaps import ca_name
from modelservice.render.draft import Draft, draft, spec_of
from modelservice.render.inputs import Tree, current_inputs, inputs_of, restart_of
from modelservice.render.outdated import outdated
from modelservice.render.prepared import Prepared
from modelservice.render.resolve import loader_image, resolve
from modelservice.render.resolved import Resolved, carry, from_stored, stored_form
from modelservice.render.revision import edited, named, newest, unedited
from modelservice.render.standing import noted, standing


def prepare(service: ModelService, facts: Facts, config: OperatorConfig) -> Prepared:
    """What this spec comes to, given what runs."""
    inputs = inputs_of(service)
    running = named(facts.revisions, service.status.current_revision) or newest(facts.revisions)
    stored = unedited(inputs, facts.revisions, running)
    today = resolve(service.spec, config, facts.cluster, facts.claim)
    if stored:
        kept = from_stored(stored)
        return _unedited(service, stored, _fetched_as(kept, today, config), config)
    kept = _carried(inputs, running, today)
    return _edited(service, inputs, kept, _fetched_as(kept, today, config), facts, config)


def _unedited(service: ModelService, stored: RevisionFacts, today: Resolved, config: OperatorConfig) -> Prepared:
    """It was accepted once, so what a newer operator finds wrong with it is a warning."""
    kept, restart = from_stored(stored), restart_of(current_inputs(stored))
    made = draft(service, kept, config, restart)
    fresh = made if today == kept else draft(service, today, config, restart)
    late = outdated(stored.template, kept, made, today, fresh)
    return Prepared(
        spec=made.spec,
        gpus=kept.gpus,
        findings=tuple(replace(finding, refuses=False) for finding in made.findings),
        candidate=stored,
        launch=made.launch,
        outdated=late.message,
        outdated_reason=late.reason,
        accepted=noted(service.spec),
    )


def _edited(
    service: ModelService, inputs: Tree, kept: Resolved, today: Resolved, facts: Facts, config: OperatorConfig
) -> Prepared:
    """A new revision, or an old one again; none when a finding refuses."""
    restart = restart_of(inputs)
    made = draft(service, kept, config, restart)
    if made.template is None:
        return _refused(service, made, kept, facts, config)
    values = stored_form(kept, ca_name(service.metadata.name, kept.ca_bundle) if kept.ca_bundle else "")
    name = service.metadata.name
    candidate = edited(name, inputs, values, made.template, made.config_maps, made.jobs, facts.revisions)
    fresh = made if today == kept else draft(service, today, config, restart)
    late = outdated(candidate.template, kept, made, today, fresh)
    return Prepared(
        spec=made.spec,
        gpus=kept.gpus,
        findings=made.findings,
        candidate=candidate,
        launch=made.launch,
        outdated=late.message,
        outdated_reason=late.reason,
        accepted=noted(service.spec),
    )


def _refused(service: ModelService, made: Draft, kept: Resolved, facts: Facts, config: OperatorConfig) -> Prepared:
    """Nothing of this spec but its findings; what was accepted last stands."""
    last, note = newest(facts.revisions), facts.deployment.accepted if facts.deployment else ""
    accepted = standing(service.spec, last, note) if last else None
    if last is None or accepted is None:
        return Prepared(made.spec, kept.gpus, findings=made.findings, launch=made.launch)
    then = from_stored(last)
    return Prepared(
        spec=spec_of(accepted, then, config),
        gpus=then.gpus,
        findings=made.findings,
        launch=made.launch,
        accepted=note,
    )


def _fetched_as(kept: Resolved, today: Resolved, config: OperatorConfig) -> Resolved:
    """Today's values, but for who fetches: a claim that was bound since, or more replicas, make nothing outdated."""
    return replace(today, fetch=kept.fetch, loader=loader_image(config) if kept.fetch else "")


def _carried(inputs: Tree, running: RevisionFacts | None, today: Resolved) -> Resolved:
    """Today's values for a first revision and for a restart, else those of what runs where nothing was edited."""
    if running is None or restart_of(inputs) not in ("", restart_of(current_inputs(running))):
        return today
    return carry(today, running, inputs)
