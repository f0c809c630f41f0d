"""What a service waits for: every aspect is asked in turn, and the first that has something to say is told."""

from __future__ import annotations

from collections.abc import Callable

from modelservice.facts.pods import PodFacts
from modelservice.observe.containers import container_refused, image_trouble
from modelservice.observe.crashes import crashed
from modelservice.observe.ended import ended
from modelservice.observe.fetching import fetching, fetching_pod
from modelservice.observe.intent import autoscaled, stopping
from modelservice.observe.pods_refused import pods_refused
from modelservice.observe.refusals import not_applied, refused
from modelservice.observe.rolling import being_applied, held, reverted, unfinished
from modelservice.observe.scheduling import unscheduled
from modelservice.observe.seen import Seen
from modelservice.observe.starting import creating, loading, never_answering, node_lost, not_answering
from modelservice.observe.wait import Wait

POD_ASPECTS: tuple[Callable[[Seen, PodFacts], Wait | None], ...] = (
    node_lost,
    container_refused,
    image_trouble,
    crashed,
    unscheduled,
    fetching_pod,
    creating,
    not_answering,
    never_answering,
    loading,
)
"""What can be wrong with a pod, the worst first: of several pods the one that is worst off is told."""


def worst_pod(seen: Seen) -> Wait | None:
    """What keeps the pods of the wanted revision from answering."""
    for aspect in POD_ASPECTS:
        for pod in seen.unready:
            if (wait := aspect(seen, pod)) is not None:
                return wait
    return None


ASPECTS: tuple[Callable[[Seen], Wait | None], ...] = (
    refused,
    not_applied,
    reverted,
    fetching,
    held,
    stopping,
    autoscaled,
    being_applied,
    pods_refused,
    worst_pod,
    ended,
    unfinished,
)
"""In the order in which they matter to a person."""


def waits_for(seen: Seen) -> Wait | None:
    """The one thing that stands between this service and Ready; nothing when it is ready."""
    return next((wait for aspect in ASPECTS if (wait := aspect(seen)) is not None), None)
