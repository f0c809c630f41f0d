"""What the spec or the API server refuses: nothing goes on before somebody changes something."""

from __future__ import annotations

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import sentence

NEEDS = {
    Reason.QUOTA_EXCEEDED: Needs.HELP,
    Reason.TERMINATING: Needs.TIME,
    Reason.FOREIGN_AUTOSCALER: Needs.HELP,
}
"""What a problem of applying needs; any other needs a change."""
NOT_THE_SPEC = frozenset({Reason.NAME_CONFLICT, Reason.FORBIDDEN, *NEEDS})
"""Problems of applying that say nothing against the spec."""


def refused_findings(seen: Seen) -> tuple[Finding, ...]:
    """Why the spec is not accepted: what `render` found, and what the API server refused of it."""
    refused = tuple(problem for problem in seen.problems if problem.refuses and problem.reason not in NOT_THE_SPEC)
    return tuple(finding for finding in seen.findings if finding.refuses) + refused


def warnings(seen: Seen) -> tuple[Finding, ...]:
    return tuple(finding for finding in (*seen.findings, *seen.problems) if not finding.refuses)


def tell(findings: tuple[Finding, ...]) -> str:
    """All of them, each with its field."""
    return " ".join(sentence(finding.told) for finding in findings)


def refused(seen: Seen) -> Wait | None:
    """The spec makes no sense; what runs is left alone."""
    found = refused_findings(seen)
    return Wait(found[0].reason, tell(found), Needs.CHANGE) if found else None


def not_applied(seen: Seen) -> Wait | None:
    """The spec is fine and the API server refuses all the same."""
    found = tuple(problem for problem in seen.problems if problem.refuses and problem.reason in NOT_THE_SPEC)
    return Wait(found[0].reason, tell(found), NEEDS.get(found[0].reason, Needs.CHANGE)) if found else None
