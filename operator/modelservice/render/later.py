"""What the schema knows and this operator does not act on yet: refused rather than silently ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.model import Located


def not_implemented(spec: ModelServiceSpec, models: Iterable[Located]) -> Iterator[Finding]:
    if spec.cache and spec.cache.prefetch:
        yield _later(
            "cache.prefetch is set, but models are not fetched before pods start yet: remove it", "cache.prefetch"
        )
    if spec.model_source.manifest():
        yield _later("modelSource is set, but an engine fetches a model whole and by itself: remove it", "modelSource")
    for model in models:
        if model.image or (model.fetch and not model.hub):
            reference = model.fetch.reference if model.fetch else f"oci://{model.image}"
            elsewhere = "`org/name`, `pvc://claim/path`, or an absolute path in the container"
            yield _later(f"`{reference}` is not fetched yet: use {elsewhere}", "model")


def _later(message: str, field: str) -> Finding:
    return Finding(Reason.NOT_IMPLEMENTED, field, f"{message}.")
