"""What one ModelService comes to under today's operator: read by the rollout, the children and the status."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelservice.api.findings import Finding
from modelservice.api.spec import ModelServiceSpec
from modelservice.engines.engine import Launch
from modelservice.facts.workload import RevisionFacts


@dataclass(frozen=True, slots=True)
class Prepared:
    """`spec` is the effective one (defaults laid under it); where it is refused, the last accepted one if known.
    `gpus` are those per replica as resolved, and `accepted` is what is noted of the spec on the Deployment
    (render.standing).

    `candidate` is the revision that this spec asks for: the stored one while inputs are the same, else a new one; None
    when a finding refuses. `launch` is None exactly then. `outdated` says, in a sentence, what today's operator would
    render differently, and `outdated_reason` in a word; both are empty when nothing.
    """

    spec: ModelServiceSpec
    gpus: int
    findings: tuple[Finding, ...] = ()
    candidate: RevisionFacts | None = None
    launch: Launch | None = field(default=None, repr=False)
    outdated: str = ""
    outdated_reason: str = ""
    accepted: str = ""

    @property
    def refused(self) -> bool:
        """The spec makes no sense, and nothing that runs may be touched."""
        return any(finding.refuses for finding in self.findings)
