"""Who uses which model of which claim: what ModelServices say now, and what their kept revisions were made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import parse
from modelservice.facts import parse_workload
from modelservice.facts.marks import NAME_LABEL
from modelservice.facts.uses import Use
from modelservice.render.inputs import current_inputs, parsed
from modelservice.render.uses import uses_of

Body = Mapping[str, Any]


def uses(services: Iterable[Body], revisions: Iterable[Body], config: OperatorConfig) -> tuple[Use, ...]:
    """A revision that may come back holds its model as fast as the one that runs."""
    found = [use for body in services for use in uses_of(body["metadata"]["name"], parse(body).spec, config)]
    for body in revisions:
        service = (body["metadata"].get("labels") or {}).get(NAME_LABEL, "")
        spec = parsed(current_inputs(parse_workload.revision(body)))
        found += uses_of(service, spec, config) if service and spec else ()
    return tuple(dict.fromkeys(found))


def users(found: Iterable[Use], claim: str, folder: str) -> tuple[str, ...]:
    """The ModelServices that a removal of this folder would hurt."""
    return tuple(sorted({use.service for use in found if use.claim == claim and use.folder in ("", folder)}))


def unused(found: Iterable[Use], claim: str, folder: str, loaded: Iterable[str]) -> tuple[str, ...]:
    """Of the references that were loaded into this folder, those that nobody would miss."""
    wanted = {use.reference for use in found if use.claim == claim and use.folder in ("", folder)}
    return () if "" in wanted else tuple(sorted(set(loaded) - wanted))
