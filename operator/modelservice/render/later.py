"""What the schema knows and this operator does not act on yet: refused rather than silently ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.model import Located

FETCHED = ("hf://", "modelscope://", "s3://", "gs://", "https://")
"""What the loader fetches."""


def not_implemented(models: Iterable[Located]) -> Iterator[Finding]:
    for model in models:
        reference = model.fetch.reference if model.fetch else f"oci://{model.image}" if model.image else ""
        if reference and not reference.startswith(FETCHED):
            elsewhere = "`org/name`, `pvc://claim/path`, or an absolute path in the container"
            yield Finding(Reason.NOT_IMPLEMENTED, "model", f"`{reference}` is not fetched yet: use {elsewhere}.")
