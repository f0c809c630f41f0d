"""What a loader has said so far: how much it has fetched, whom it waits for, why it failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modelservice.facts.facts import Facts
from modelservice.facts.loading import LoadEvent, LoadFailure, event_of
from modelservice.facts.marks import LOADER
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it gave up. `retry`: the same may succeed later."""

    kind: LoadFailure
    message: str
    retry: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, in bytes and bytes per second; what it has not said is None."""

    done: int | None = None
    total: int | None = None
    rate: int | None = None
    waiting: str = ""
    failure: Failure | None = None


def is_loader(container: ContainerFacts) -> bool:
    """Also the second and further init containers, which fetch adapters."""
    return container.name == LOADER or container.name.startswith(f"{LOADER}-")


def progress(facts: Facts, pod: PodFacts, container: ContainerFacts) -> Progress:
    """The log that was read last, or else nothing."""
    for log in facts.logs:
        if (log.pod, log.container) == (pod.name, container.name):
            return said(log.lines)
    return Progress()


def failure_of(end: Termination) -> Failure | None:
    """What it left as its last message; None when it was killed or said nothing."""
    return said(end.message.splitlines()).failure


def said(lines: Iterable[str]) -> Progress:
    """The lines as one state: of each thing the last that was said."""
    done = total = rate = None
    waiting, failure = "", None
    for event in filter(None, map(event_of, lines)):
        word, waiting = event["event"], ""
        if word == LoadEvent.WAITING:
            waiting = str(event.get("for") or "another loader")
        elif word == LoadEvent.DONE:
            done = total = _number(event.get("bytes"))
        elif word == LoadEvent.FAILED:
            failure = _failure(event.get("reason"), event.get("message"), event.get("retry"))
        elif word in (LoadEvent.START, LoadEvent.PROGRESS):
            total = _number(event.get("total")) or total
            done, rate = _number(event.get("done")), _number(event.get("rate"))
    return Progress(done, total, rate, waiting, failure)


def _failure(reason: object, message: object, retry: object) -> Failure:
    kind = next((known for known in LoadFailure if known.value == reason), LoadFailure.INVALID)
    return Failure(kind, str(message or reason), retry is True)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
