"""All sources, by what a reference begins with."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.sources import claim, hub, later, path
from modelservice.sources.source import Source

SOURCES: tuple[Source, ...] = (hub.SOURCE, claim.SOURCE, path.SOURCE, *later.SOURCES)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A scheme that nobody knows."""

    scheme: str

    def locate(self, reference: str, field: str = "model") -> Finding:
        known = ", ".join(f"`{source.scheme}`" for source in SOURCES)
        return Finding(Reason.INVALID_SPEC, field, f"`{reference}` begins with no known source. Known are: {known}.")


def source(reference: str) -> Source:
    """The source that reads this reference; one that refuses it when there is none."""
    for known in SOURCES:
        if reference.startswith(known.scheme):
            return known
    scheme, separator, _ = reference.partition("://")
    return Unknown(scheme + separator) if separator else hub.SOURCE
