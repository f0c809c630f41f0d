"""All sources, by what a reference begins with."""

from __future__ import annotations

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.model import Located
from modelservice.sources import claim, gs, https, hub, modelscope, oci, ollama, path, s3
from modelservice.sources.source import Reference, Source

SOURCES: tuple[Source, ...] = (
    hub.SOURCE,
    modelscope.SOURCE,
    s3.SOURCE,
    gs.SOURCE,
    https.SOURCE,
    oci.SOURCE,
    ollama.SOURCE,
    claim.SOURCE,
    path.SOURCE,
)


def source(reference: str) -> Source | None:
    """The source that reads this reference; what has no scheme is the hub's."""
    for known in SOURCES:
        if reference.startswith(known.scheme):
            return known
    return None if "://" in reference else hub.SOURCE


def locate(reference: Reference) -> tuple[Located | None, list[Finding]]:
    """Where the model will be, and all that is wrong with how it is named."""
    reads = source(reference.text)
    if reads is None:
        known = ", ".join(f"`{source.scheme}`" for source in SOURCES)
        return None, [reference.refused(f"begins with no known source. Known are: {known}")]
    findings = unfit(reads, reference)
    if findings:
        return None, findings
    answer = reads.locate(reference)
    return (None, [answer]) if isinstance(answer, Finding) else (answer, [])


def unfit(reads: Source, reference: Reference) -> list[Finding]:
    """What `modelSource` says that means nothing to this kind of reference."""
    said = [name for name, value in reference.details.manifest().items() if value and name not in reads.takes]
    return [
        Finding(
            Reason.INVALID_SPEC,
            f"modelSource.{name}",
            f"modelSource.{name} means nothing for `{reference.text}`: {reads.instead.get(name, 'remove it')}.",
        )
        for name in said
    ]
