"""References that the resource's schema knows and this operator does not fetch yet: told so, with what works today."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.sources.source import Reference


@dataclass(frozen=True, slots=True)
class Later:
    """A source that is named before it is built."""

    scheme: str
    takes: Set[str] = frozenset({"credentialsSecret", "endpoint", "include", "exclude", "sha256"})
    instead: Mapping[str, str] = field(default_factory=dict)

    def locate(self, reference: Reference) -> Finding:
        return Finding(
            Reason.NOT_IMPLEMENTED,
            reference.field,
            f"`{reference.text}`: models from `{self.scheme}` are not fetched yet. Use `org/name`, `pvc://claim/path`, "
            "or an absolute path in the container.",
        )


SOURCES = tuple(
    Later(scheme) for scheme in ("modelscope://", "s3://", "gs://", "oci://", "https://", "http://", "ollama://")
)
