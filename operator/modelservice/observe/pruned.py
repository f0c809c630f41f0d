"""What the Job came to that removes old revisions of the model: a sentence that stays in the status."""

from __future__ import annotations

from modelservice.api.status import Pruned
from modelservice.facts.loading import LoadEvent, event_of
from modelservice.facts.rollout import Verdict
from modelservice.facts.workload import JobFacts
from modelservice.observe.loader_log import failure_of
from modelservice.observe.seen import Seen
from modelservice.observe.words import sentence, size


def pruned(seen: Seen) -> Pruned | None:
    """None before it has ended, and while another revision is on its way."""
    revision = next((found for found in seen.facts.revisions if found.name == seen.rollout.target), None)
    if seen.rollout.verdict is not Verdict.STEADY or revision is None:
        return None
    jobs = (job for job in seen.facts.jobs if job.prunes_for == revision.number and job.finished)
    job = next(jobs, None)
    return _ended(seen, job) if job else None


def _ended(seen: Seen, job: JobFacts) -> Pruned:
    ends = [
        container.terminated
        for pod in seen.facts.pods
        if pod.owner_uid == job.uid
        for container in pod.containers
        if container.terminated
    ]
    claim = f"PersistentVolumeClaim {job.claim}"
    if job.failed:
        told = next((failure.message for end in ends if (failure := failure_of(end))), job.why or "the Job failed")
        message = f"{claim} could not be pruned: {sentence(told)} `modelservice cache prune {job.claim}` does it."
        return Pruned(message=message)
    said = [event for end in ends for line in end.message.splitlines() if (event := event_of(line))]
    last = next((event for event in said if event["event"] == LoadEvent.PRUNED), None)
    if last is None:
        return Pruned(freed_bytes=0, message=f"{claim} was pruned.")
    names, freed = " and ".join(last["removed"]), int(last["bytes"])
    if not names:
        return Pruned(freed_bytes=0, message=f"Nothing of the model on {claim} was unused.")
    them = "it" if len(last["removed"]) == 1 else "them"
    message = (
        f"{names} removed from {claim}, since no ModelService of the namespace uses {them}: {size(freed)} are free "
        "again."
    )
    return Pruned(freed_bytes=freed, message=message)
