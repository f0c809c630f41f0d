"""Who uses which model of which claim: what ModelServices say now, and what their kept revisions were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import parse
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts import parse_workload
from modelservice.facts.marks import NAME_LABEL
from modelservice.facts.model import Located
from modelservice.render.effective import effective
from modelservice.render.inputs import current_inputs, parsed
from modelservice.render.locate import located
from modelservice.render.volumes import claim_name

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """`folder` is the model's, right below the root of the claim; a model at the root itself is all of it.

    `reference` is what a loader would be told; empty for who names the folder by its place, and so needs all of it.
    """

    claim: str
    folder: str
    service: str
    reference: str = ""


def uses(services: Iterable[Body], revisions: Iterable[Body], config: OperatorConfig) -> tuple[Use, ...]:
    """A revision that may come back holds its model as fast as the one that runs."""
    found = [use for body in services for use in _of(body["metadata"]["name"], parse(body).spec, config)]
    for body in revisions:
        service = (body["metadata"].get("labels") or {}).get(NAME_LABEL, "")
        spec = parsed(current_inputs(parse_workload.revision(body)))
        found += _of(service, spec, config) if service and spec else ()
    return tuple(dict.fromkeys(found))


def _of(service: str, said: ModelServiceSpec, config: OperatorConfig) -> Iterator[Use]:
    spec = effective(said, config.defaults)
    cache = spec.cache
    claim = (cache.claim_name or (claim_name(service) if cache.size else "")) if cache else ""
    for model in located(spec)[0]:
        if model.fetch and claim and cache:
            folder = _first(f"{cache.sub_path or ''}/{model.fetch.folder}")
            yield Use(claim, folder, service, "" if cache.sub_path else model.fetch.reference)
        yield from (Use(name, folder, service) for name, folder in _mounted(model))


def _mounted(model: Located) -> Iterator[tuple[str, str]]:
    """A model that is named by its place on a claim."""
    source = (model.volume.source if model.volume else {}).get("persistentVolumeClaim")
    if model.volume and source:
        yield source["claimName"], _first(model.path.removeprefix(model.volume.mount_path))


def _first(path: str) -> str:
    return path.strip("/").partition("/")[0]


def users(found: Iterable[Use], claim: str, folder: str) -> tuple[str, ...]:
    """The ModelServices that a removal of this folder would hurt."""
    return tuple(sorted({use.service for use in found if use.claim == claim and use.folder in ("", folder)}))


def unused(found: Iterable[Use], claim: str, folder: str, loaded: Iterable[str]) -> tuple[str, ...]:
    """Of the references that were loaded into this folder, those that nobody would miss."""
    wanted = {use.reference for use in found if use.claim == claim and use.folder in ("", folder)}
    return () if "" in wanted else tuple(sorted(set(loaded) - wanted))
