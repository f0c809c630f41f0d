"""References that the resource's schema knows and this operator does not fetch yet: told so, with what works today."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Later:
    """A source that is named before it is built."""

    scheme: str

    def locate(self, reference: str, field: str = "model") -> Finding:
        return Finding(
            Reason.NOT_IMPLEMENTED,
            field,
            f"`{reference}`: models from `{self.scheme}` are not fetched yet. Use `org/name`, `pvc://claim/path`, "
            "or an absolute path in the container.",
        )


SOURCES = tuple(
    Later(scheme) for scheme in ("modelscope://", "s3://", "gs://", "oci://", "https://", "http://", "ollama://")
)
