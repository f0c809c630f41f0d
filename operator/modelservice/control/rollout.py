"""Decides which revision the Deployment gets: one function of what is stored, what runs and what is asked for.

A revision is promoted when all its pods answer, and taken back when it fails while an earlier one is known to work.
What was taken back is not tried again until the inputs change; its ControllerRevision remembers that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec, RolloutStrategy
from modelservice.control import trial
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import RevisionFacts
from modelservice.observe.nodes import Shortage, nowhere
from modelservice.render.prepared import Prepared

LOOK_FOR_A_PLACE = timedelta(seconds=30)
LOOK_FOR_THE_END = timedelta(seconds=5)
PRUNING = "The change waits until old revisions have been removed from its cache."
"""One that begins now may count on what is going; those that are known were seen by who decided what goes."""


def decide(current: str, prepared: Prepared, facts: Facts) -> RolloutFacts:
    """The revision to apply, where `current` is the last that was known to be Ready (empty: none)."""
    decision = _decide(current, prepared, facts)
    return replace(decision, outdated=prepared.outdated, outdated_reason=prepared.outdated_reason)


def next_deadline(rollout: RolloutFacts, prepared: Prepared, facts: Facts) -> datetime | None:
    """When `decide` may answer differently though nothing else changes."""
    if rollout.verdict not in (Verdict.TRYING, Verdict.HELD):
        return None
    if rollout.verdict is Verdict.HELD and not prepared.refused and not rollout.fetching:
        return facts.now + (LOOK_FOR_THE_END if rollout.why == PRUNING else LOOK_FOR_A_PLACE)
    return trial.next_deadline(facts, rollout.target, _budget(prepared.spec))


def wanted_replicas(spec: ModelServiceSpec) -> int:
    return 0 if spec.suspend else spec.replicas


def _decide(current: str, prepared: Prepared, facts: Facts) -> RolloutFacts:
    running, good = _running(prepared, facts), _good(current, prepared, facts)
    failing = _failing(running, good, prepared, facts)
    candidate = prepared.candidate
    if candidate is None:
        return _held(good if failing and good else running or good, good, prepared)
    if candidate.name == good:
        return RolloutFacts(Verdict.STEADY, target=good, current=good)
    if candidate.failed and good:
        return _reverted(good, candidate.name, candidate.failed, candidate.failed_reason)
    if failing is not None and good and candidate.name == running:
        return _reverted(good, candidate.name, failing.what, failing.reason)
    lacking = _no_place(prepared, facts) if running == good else None
    if lacking and good:
        return RolloutFacts(
            Verdict.HELD, good, good, why=f"The change waits. {lacking.message}", why_reason=lacking.reason
        )
    stays = good if failing and good else running or good
    if facts.pruning and candidate.name not in {revision.name for revision in facts.revisions}:
        return RolloutFacts(Verdict.HELD, stays, good, why=PRUNING, why_reason=Reason.PROGRESSING)
    if candidate.name != running and not fetched(candidate, facts):
        return RolloutFacts(
            Verdict.HELD,
            target=stays,
            current=good,
            why="The change waits until its model is in the cache.",
            why_reason=Reason.DOWNLOADING,
            fetching=candidate.name,
        )
    verdict = Verdict.TRYING if wanted_replicas(prepared.spec) else Verdict.STEADY
    return _trying(verdict, candidate.name, good, failing if candidate.name == running else None)


def fetched(revision: RevisionFacts, facts: Facts) -> bool:
    """Whether every Job that fetches for this revision is done."""
    done = {job.name for job in facts.jobs if job.complete}
    return done.issuperset(revision.jobs)


def _no_place(prepared: Prepared, facts: Facts) -> Shortage | None:
    """Why no node could ever take a pod of the candidate, so that what serves must not make room for it.

    A strategy that the user names is carried out: nodes may be on their way that nobody sees yet.
    """
    nodes, spec = facts.cluster.nodes, prepared.spec
    if not nodes or not wanted_replicas(spec) or spec.rollout.strategy is not RolloutStrategy.AUTO:
        return None
    return nowhere(spec, prepared.gpus, nodes)


def _budget(spec: ModelServiceSpec) -> timedelta:
    return timedelta(seconds=spec.startup_timeout_seconds)


def _known(prepared: Prepared, facts: Facts) -> set[str]:
    """The revisions whose template is at hand."""
    candidate = [prepared.candidate] if prepared.candidate else []
    return {revision.name for revision in (*facts.revisions, *candidate)}


def _running(prepared: Prepared, facts: Facts) -> str:
    revision = facts.deployment.revision if facts.deployment else ""
    return revision if revision in _known(prepared, facts) else ""


def _good(current: str, prepared: Prepared, facts: Facts) -> str:
    """The last revision that answered with all replicas: what runs, if it does so now.

    Where the status was lost, what runs instead of a revision that was taken back is what we had returned to.
    """
    running, candidate = _running(prepared, facts), prepared.candidate
    if running and facts.deployment and trial.succeeded(facts.deployment, wanted_replicas(prepared.spec)):
        return running
    if current in _known(prepared, facts):
        return current
    return running if candidate and candidate.failed and candidate.name != running else ""


def _failing(running: str, good: str, prepared: Prepared, facts: Facts) -> trial.Trouble | None:
    if not running or running == good or not wanted_replicas(prepared.spec):
        return None
    return trial.trouble(facts, running, prepared.spec)


def _held(target: str, good: str, prepared: Prepared) -> RolloutFacts:
    """What runs is left as it is; what fails is still taken back."""
    refusal = next(finding for finding in prepared.findings if finding.refuses)
    return RolloutFacts(Verdict.HELD, target=target, current=good, why=refusal.message, why_reason=refusal.reason)


def _trying(verdict: Verdict, candidate: str, good: str, trouble: trial.Trouble | None) -> RolloutFacts:
    """A first revision has nothing to return to, whatever its trouble; nothing is tried while nothing shall run."""
    why, reason = (trouble.what, trouble.reason) if trouble else ("", "")
    return RolloutFacts(verdict, target=candidate, current=good, why=why, why_reason=reason)


def _reverted(good: str, failed: str, why: str, reason: str) -> RolloutFacts:
    return RolloutFacts(Verdict.REVERTED, target=good, current=good, failed=failed, why=why, why_reason=reason)
