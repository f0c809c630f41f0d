"""Asks the sources where the model and its adapters are."""

from __future__ import annotations

from collections.abc import Iterator

from modelservice.api.findings import Finding
from modelservice.api.spec import ModelServiceSpec, ModelSource
from modelservice.facts.model import Located
from modelservice.render import paths
from modelservice.sources.catalogue import locate, source
from modelservice.sources.source import Reference


def located(spec: ModelServiceSpec) -> tuple[tuple[Located, ...], list[Finding]]:
    """Where the model and its adapters are. An engine elsewhere needs none."""
    answers = [locate(reference) for reference in _references(spec)]
    models = tuple(found for found, _ in answers if found)
    if not spec.model:
        models = (Located(argument="", public_id=""), *models)
    return models, [finding for _, findings in answers for finding in findings]


def _references(spec: ModelServiceSpec) -> Iterator[Reference]:
    """`modelSource` speaks of the model; to an adapter from the same kind of source it says how that is reached."""
    cache = paths.hub_cache(spec)
    if spec.model:
        yield Reference(spec.model, "model", spec.model_source, cache)
    said = spec.model_source
    way = ModelSource(credentials_secret=said.credentials_secret, endpoint=said.endpoint)
    for item in spec.serving.lora_adapters:
        alike = source(item.model) is source(spec.model or "")
        yield Reference(item.model, f"serving.loraAdapters[{item.name}].model", way if alike else ModelSource(), cache)
