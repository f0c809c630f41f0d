"""Fields that the schema knows and this operator does not act on yet: refused rather than silently ignored."""

from __future__ import annotations

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec


def not_implemented(spec: ModelServiceSpec) -> list[Finding]:
    found = []
    if spec.cache and spec.cache.prefetch:
        found.append(_later("cache.prefetch", "models are not fetched before pods start yet: remove it"))
    return found


def _later(field: str, message: str) -> Finding:
    return Finding(Reason.NOT_IMPLEMENTED, field, f"{field} is set, but {message}.")
