"""What no watch tells, asked for once it matters: the log of a run that crashed, and the Events of a pod that waits.

Asking takes place beside the passes, few questions at a time, so that a slow kubelet delays nobody. An answer brings
its ModelService back to the queue; what was answered is not asked again for the same run of a container.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelservice.facts import parse_cluster
from modelservice.facts.facts import EventFacts, LogFacts
from modelservice.facts.pods import ContainerFacts, PodFacts
from modelservice.facts.redact import redact
from modelservice.kube import errors, logs
from modelservice.kube.resources import EVENT, Key
from modelservice.kube.session import Session
from modelservice.observe.diagnosis import telling
from modelservice.observe.ends import unhealed
from modelservice.observe.loader_log import is_loader

logger = logging.getLogger(__name__)

AT_ONCE = 4
PATIENCE = timedelta(seconds=30)
"""A pod that has a node and does not come up for so long may have a reason that only its Events tell."""
FIRST_WITHIN = timedelta(seconds=10)
"""So long a status stays as a process before this one left it, while what it told is asked anew."""
FIRST_LOOK, NEXT_LOOK = timedelta(seconds=4), timedelta(seconds=10)
"""Of a loader: it tells of its progress every two seconds, and where there is none yet the look is lost."""
EVENTS = 50
LOADER_LINES = 20
LOG_LINES = 400
"""Every process of an engine writes its own traceback, and the first of them names the cause; few lines are kept."""


@dataclass(frozen=True, slots=True)
class EventsOf:
    """The Events of a pod, asked for the `turn`-th time: after 30 seconds of waiting, after 60, 120 and so on."""

    pod: str
    uid: str
    restarts: int
    since: datetime
    turn: int
    container: str = ""


@dataclass(frozen=True, slots=True)
class LogOf:
    """The log of a container's `run`-th run, which has ended."""

    pod: str
    uid: str
    container: str
    run: int
    previous: bool


@dataclass(frozen=True, slots=True)
class ProgressOf:
    """The log of a loader at work, asked for the `turn`-th time: soon after its start, then every ten seconds."""

    pod: str
    uid: str
    container: str
    run: int
    turn: int


Question = EventsOf | LogOf | ProgressOf
Topic = tuple[str, str]
"""A pod and a container of it, or no container: its Events. Of each topic the newest answer is kept."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of one ModelService's pods."""

    events: tuple[EventFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()


def questions(pods: Iterable[PodFacts], now: datetime) -> Iterator[Question]:
    """What to ask of these pods now."""
    for pod in pods:
        since = _waits_since(pod)
        if since is not None and now >= since + PATIENCE:
            restarts = sum(container.restarts for container in pod.containers)
            yield EventsOf(pod.name, pod.uid, restarts, since, int(math.log2((now - since) / PATIENCE)))
        for container in pod.containers:
            if (since := _loads_since(container)) is not None and now >= since + FIRST_LOOK:
                yield ProgressOf(pod.name, pod.uid, container.name, container.restarts, (now - since) // NEXT_LOOK)
            run = _ended_run(container)
            if run is not None:
                yield LogOf(pod.name, pod.uid, container.name, run, previous=container.state != "terminated")


def next_question(pods: Iterable[PodFacts], now: datetime) -> datetime | None:
    """When there will be more to ask though nothing else changes."""
    pods = tuple(pods)
    times = [since + PATIENCE for pod in pods if (since := _waits_since(pod)) is not None]
    times += [_next_look(since, now) for pod in pods for c in pod.containers if (since := _loads_since(c)) is not None]
    return min((time for time in times if time > now), default=None)


def _loads_since(container: ContainerFacts) -> datetime | None:
    return container.running_since if is_loader(container) else None


def _next_look(since: datetime, now: datetime) -> datetime:
    """What is told of a download changes with each look, and nobody wants more than one write in ten seconds."""
    if now < since + FIRST_LOOK:
        return since + FIRST_LOOK
    return since + ((now - since) // NEXT_LOOK + 1) * NEXT_LOOK


def _waits_since(pod: PodFacts) -> datetime | None:
    """It has had a node since then and does not come up; or its engine has run since then and does not answer."""
    if pod.ready or pod.deleting_since is not None or pod.phase not in ("Pending", "Running"):
        return None
    if not pod.containers or any(c.state == "waiting" or c.restarts for c in pod.containers):
        return pod.scheduled_at
    runs = pod.engine.running_since if pod.engine else None
    return max((time for time in (runs, pod.unready_since) if time), default=None)


def _ended_run(container: ContainerFacts) -> int | None:
    """The number of the last run that ended, as long as no run since has come up. A dead engine may well exit 0."""
    if unhealed(container) is None:
        return None
    return container.restarts - 1 if container.state == "running" else container.restarts


class Evidence:
    """`run` it in a task."""

    def __init__(self, session: Session, answered: Callable[[Key], None]) -> None:
        self._session = session
        self._answered = answered
        self._known: dict[Key, dict[Topic, tuple[Question, Answers]]] = {}
        self._asked: set[Question] = set()
        self._first: dict[Key, tuple[datetime, set[Question]]] = {}
        """What the first look at a ModelService asked, as far as it is unanswered, and how long that matters."""
        self._open: asyncio.Queue[tuple[Key, Question]] = asyncio.Queue()

    def look(self, service: Key, pods: Sequence[PodFacts], now: datetime) -> Answers:
        """What is known by now. What is not is asked; what is known of pods that are gone is forgotten."""
        uids = {pod.uid for pod in pods}
        known = {topic: found for topic, found in self._known.pop(service, {}).items() if topic[0] in uids}
        if known:
            self._known[service] = known
        asked = tuple(questions(pods, now))
        self._first.setdefault(service, (now + FIRST_WITHIN, set(asked)))
        for question in asked:
            found = known.get((question.uid, question.container))
            if (found is None or found[0] != question) and question not in self._asked:
                self._asked.add(question)
                self._open.put_nowait((service, question))
        answers = [answer for _, answer in known.values()]
        return Answers(
            events=tuple(event for answer in answers for event in answer.events),
            logs=tuple(log for answer in answers for log in answer.logs),
        )

    def unread(self, service: Key, now: datetime) -> datetime | None:
        """Until when to wait for what a process before this one may have known; nothing to wait for is None."""
        until, unanswered = self._first.get(service, (now, set()))
        return until if unanswered and now < until else None

    def forget(self, service: Key) -> None:
        """It is gone."""
        self._first.pop(service, None)
        self._known.pop(service, None)

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            service, question = await self._open.get()
            try:
                answer = await self._ask(service, question)
            except errors.ApiError as error:
                logger.info("unanswered: %s", error)
                answer = Answers()
            self._asked.discard(question)
            self._known.setdefault(service, {})[question.uid, question.container] = question, answer
            if service in self._first:
                self._first[service][1].discard(question)
            self._answered(service)

    async def _ask(self, service: Key, question: Question) -> Answers:
        pod = Key(service.namespace, question.pod)
        if isinstance(question, ProgressOf):
            lines = await logs.tail(self._session, pod, question.container, lines=LOADER_LINES)
            log = LogFacts(pod.name, question.container, previous=False, lines=tuple(map(redact, lines)))
            return Answers(logs=(log,))
        if isinstance(question, LogOf):
            container, previous = question.container, question.previous
            lines = await logs.tail(self._session, pod, container, previous=previous, lines=LOG_LINES)
            kept = telling(redact(line) for line in lines)
            log = LogFacts(pod.name, container, previous=previous, lines=kept)
            return Answers(logs=(log,))
        answer = await self._session.request(
            "GET",
            EVENT.collection(pod.namespace),
            target=f"events of {pod}",
            params={"fieldSelector": f"involvedObject.uid={question.uid}", "limit": str(EVENTS)},
        )
        return Answers(events=tuple(parse_cluster.event(item) for item in answer.json()["items"]))
