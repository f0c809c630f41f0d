"""Models on their way into the cache, by a Job before pods start or by an init container of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from modelservice.api.reasons import Reason
from modelservice.facts.marks import LOADER
from modelservice.facts.pods import ContainerFacts, PodFacts
from modelservice.facts.workload import JobFacts
from modelservice.observe.containers import container_refused, image_trouble
from modelservice.observe.ends import exit_text
from modelservice.observe.load_failures import explained
from modelservice.observe.loader_log import Progress, failure_of, is_loader, progress, said
from modelservice.observe.phases import phase
from modelservice.observe.scheduling import unscheduled
from modelservice.observe.seen import ENDED, Seen
from modelservice.observe.starting import creating
from modelservice.observe.volumes import claim_trouble
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import count, sentence, size

ASPECTS: tuple[Callable[[Seen, PodFacts], Wait | None], ...] = (image_trouble, container_refused, unscheduled)
"""What can be wrong with a loader's pod before it runs, as with the engine's."""
AGAIN = "It is tried again; to try now, set the annotation modelservice.io/restart."


def fetching(seen: Seen) -> Wait | None:
    """A revision waits for its model."""
    if not seen.rollout.fetching or not seen.wanted:
        return None
    return unfetched(seen)


def unfetched(seen: Seen) -> Wait | None:
    """What the revision that is fetched for waits for."""
    if not seen.rollout.fetching:
        return None
    trouble = claim_trouble(seen)
    if trouble is not None:
        return trouble
    waits = [_job(seen, name) for name in jobs_of(seen, seen.rollout.fetching)]
    return next((wait for wait in waits if wait), Wait(Reason.DOWNLOADING, "The model is about to be fetched."))


def bytes_of(seen: Seen) -> tuple[int | None, int | None]:
    """Done and total, of all that is being fetched now; None where no loader has said so."""
    found = [progress(seen.facts, pod, container) for pod, container in _loaders(seen)]
    done = [one.done for one in found if one.done is not None]
    total = [one.total for one in found if one.total is not None]
    return sum(done) if done else None, sum(total) if total and len(total) == len(found) else None


def fetched_bytes(seen: Seen) -> int | None:
    """All that the loaders of what should run have said at their end; None when their pods have gone."""
    jobs = {job.uid for job in seen.facts.jobs if job.complete and job.name in jobs_of(seen, seen.rollout.target)}
    ends: dict[str, int] = {}
    for pod in seen.facts.pods:
        for container in pod.containers:
            if is_loader(container) and container.terminated and (container.init or pod.owner_uid in jobs):
                total = said(container.terminated.message.splitlines()).total
                ends |= {container.name if container.init else pod.owner_uid: total} if total is not None else {}
    return sum(ends.values()) if ends else None


def fetching_pod(seen: Seen, pod: PodFacts) -> Wait | None:
    """The pod's init container fetches."""
    loaders = (found for found in pod.containers if found.init and is_loader(found))
    running = next((found for found in loaders if found.state == "running"), None)
    return None if running is None else _running(seen, pod, running)


def jobs_of(seen: Seen, revision: str) -> tuple[str, ...]:
    """The names of the Jobs that fetch for a revision."""
    return next((tuple(found.jobs) for found in seen.facts.revisions if found.name == revision), ())


def _job(seen: Seen, name: str) -> Wait | None:
    job = next((found for found in seen.facts.jobs if found.name == name), None)
    if job is None:
        return Wait(Reason.DOWNLOADING, "A Job is being made that fetches the model.")
    if job.complete:
        return None
    pods = sorted(
        (pod for pod in seen.facts.pods if pod.owner_uid == job.uid),
        key=lambda pod: (pod.created_at is None, pod.created_at, pod.name),
    )
    alive = next((pod for pod in reversed(pods) if pod.phase not in ENDED and pod.deleting_since is None), None)
    before = _failed(seen, job, pods)
    now = _pod(seen, alive) if alive else None
    if now is None:
        return before or Wait(Reason.DOWNLOADING, "A Job is about to fetch the model.", since=job.created_at)
    if before is None or now.needs is not Needs.TIME:
        return now
    running = any(container.state == "running" for container in alive.containers) if alive else False
    return now if running else before


def _failed(seen: Seen, job: JobFacts, pods: list[PodFacts]) -> Wait | None:
    """How the last try ended, and whether there is sense in another."""
    ended = [pod for pod in pods if pod.phase == "Failed"]
    if not ended and not job.failed:
        return None
    told = _last_end(seen, ended[-1]) if ended else None
    tries = f" ({count(job.failures, 'time')})" if job.failures > 1 else ""
    if told is None:
        message = f"Fetching the model failed{tries}: {sentence(job.why or 'the loader was stopped')} {AGAIN}"
        return Wait(Reason.DOWNLOAD_FAILED, message, Needs.HELP, job.created_at)
    if told.needs is Needs.CHANGE:
        return replace(told, message=f"The model cannot be fetched: {told.message}", since=job.created_at)
    return replace(told, message=f"Fetching the model failed{tries}: {told.message} {AGAIN}", since=job.created_at)


def _last_end(seen: Seen, pod: PodFacts) -> Wait | None:
    for container in pod.containers:
        end = container.terminated
        if end is None or not is_loader(container):
            continue
        failure = _failure(seen, pod, container)
        if failure is None:
            return Wait(Reason.DOWNLOAD_FAILED, f"the loader ended with {exit_text(end)}.", Needs.HELP)
        return failure
    return None


def _failure(seen: Seen, pod: PodFacts, container: ContainerFacts) -> Wait | None:
    """What it told of: as its last message, or in its log."""
    end = container.terminated or container.last_termination
    failure = (failure_of(end) if end else None) or progress(seen.facts, pod, container).failure
    if failure is None:
        return None
    told = explained(failure, seen.service.spec)
    needs = Needs.HELP if failure.retry else Needs.CHANGE
    return Wait(told.reason, told.message, needs, phase=phase(Reason.DOWNLOAD_FAILED))


def _pod(seen: Seen, pod: PodFacts) -> Wait | None:
    for aspect in ASPECTS:
        if (wait := aspect(seen, pod)) is not None:
            return wait
    loader = next((found for found in pod.containers if is_loader(found) and found.state == "running"), None)
    return _running(seen, pod, loader) if loader else creating(seen, pod)


def _running(seen: Seen, pod: PodFacts, loader: ContainerFacts) -> Wait:
    told = how_far(progress(seen.facts, pod, loader))
    return Wait(Reason.DOWNLOADING, f"The model is being fetched{told}.", since=loader.running_since)


def how_far(state: Progress) -> str:
    """What goes on after "is being fetched"; nothing while nothing is known."""
    if state.waiting:
        return f": it waits for {state.waiting}"
    if state.done is None:
        return ""
    share = f" of {size(state.total)} ({100 * state.done // state.total} %)" if state.total else ""
    rate = f", {size(state.rate)}/s" if state.rate else ""
    left = f", {_left((state.total - state.done) // state.rate)} left" if state.rate and state.total else ""
    return f": {size(state.done)}{share}{rate}{left}"


def _left(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{timedelta(seconds=seconds) // timedelta(minutes=1)} min"


def _loaders(seen: Seen) -> Iterator[tuple[PodFacts, ContainerFacts]]:
    """The containers that fetch for this service now."""
    for pod in seen.facts.pods:
        if pod.phase in ENDED or pod.deleting_since is not None:
            continue
        for container in pod.containers:
            if is_loader(container) and (container.init or pod.component == LOADER) and container.state == "running":
                yield pod, container
