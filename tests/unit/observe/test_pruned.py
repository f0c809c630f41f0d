"""What stays in the status of old revisions that were removed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from looks import REVISION, STEADY, TRYING, ago, look, pod, told
from modelservice.api.status import ModelStatus, Pruned, Status
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, JobFacts, RevisionFacts

CACHE = {"cache": {"claimName": "models", "prune": "Unused"}}
JOB = JobFacts("qwen-prune-1", "job", claim="models", prunes_for=2, complete=True)
KNOWN: dict[str, Any] = {
    "claim": ClaimFacts("models", "Bound", ("ReadWriteMany",)),
    "revisions": (RevisionFacts(REVISION, 2, {}, {"fetch": "Job"}, {}),),
}


def ended(exit_code: int = 0, **said: Any) -> PodFacts:
    end = Termination(exit_code, message=json.dumps(said), finished_at=ago(seconds=30))
    loader = ContainerFacts("loader", state="terminated", terminated=end)
    return replace(pod("qwen-prune-1-x", loader), component="pruner", owner_uid="job", revision="", phase="Succeeded")


def came_to(
    *ends: PodFacts, job: JobFacts = JOB, rollout: RolloutFacts = STEADY, before: Pruned | None = None
) -> Pruned | None:
    status = Status(model=ModelStatus(source="Qwen/Qwen2.5-7B-Instruct", pruned=before))
    seen = look(pod(), *ends, spec=CACHE, status=status, jobs=(job,), rollout=rollout, **KNOWN)
    model = told(seen).model
    assert model
    return model.pruned


def test_status_says_what_was_removed_and_how_much_is_free() -> None:
    found = came_to(ended(event="pruned", removed=["hf://org/m@v0", "hf://org/m@v1"], bytes=4_800_000_000))
    message = (
        "hf://org/m@v0 and hf://org/m@v1 removed from PersistentVolumeClaim models, since no ModelService of the "
        "namespace uses them: 4.8 GB are free again."
    )
    assert found == Pruned(freed_bytes=4_800_000_000, message=message)


def test_status_says_that_there_was_nothing_to_remove() -> None:
    nothing = Pruned(freed_bytes=0, message="Nothing of the model on PersistentVolumeClaim models was unused.")
    assert came_to(ended(event="pruned", removed=[], bytes=0)) == nothing


def test_status_says_why_nothing_could_be_removed_and_how_else() -> None:
    failed = replace(JOB, complete=False, failed=True, why="Job has reached the specified backoff limit")
    found = came_to(
        ended(1, event="failed", reason="Invalid", message="m is being loaded by x.", retry=True), job=failed
    )
    assert found is not None
    assert found.freed_bytes is None
    assert "could not be pruned: m is being loaded by x. `modelservice cache prune models`" in found.message
    assert "backoff limit" in getattr(came_to(job=failed), "message", "")


def test_end_that_nobody_heard_counts_as_done() -> None:
    assert came_to() == Pruned(freed_bytes=0, message="PersistentVolumeClaim models was pruned.")


NOT_YET = {
    "it goes on": (replace(JOB, complete=False), STEADY),
    "it was for a revision before": (replace(JOB, prunes_for=1), STEADY),
    "another revision is tried": (JOB, TRYING),
    "another revision waits": (JOB, RolloutFacts(Verdict.HELD, REVISION, REVISION, why="It waits.")),
}


@pytest.mark.parametrize(("job", "rollout"), NOT_YET.values(), ids=NOT_YET.keys())
def test_nothing_is_told_before_the_end(job: JobFacts, rollout: RolloutFacts) -> None:
    assert came_to(ended(event="pruned", removed=["hf://org/m@v1"], bytes=7), job=job, rollout=rollout) is None


def test_what_was_told_stays_when_the_job_has_gone() -> None:
    before = Pruned(freed_bytes=7, message="It went.")
    assert came_to(job=replace(JOB, prunes_for=0), before=before) == before
