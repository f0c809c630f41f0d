"""Asks the engine of a new revision, once, what its API is: one GET to a ready pod, beside the passes.

The operator may be kept from pods (a NetworkPolicy, an API key, a cluster seen from outside): then nothing is asked
again, and what is declared of the engine is told instead. Pods are not trusted: no redirect is followed, and what is
read is bounded.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp

from modelservice.api.status import Status
from modelservice.engines.engine import Launch
from modelservice.facts.pods import PodFacts
from modelservice.kube.resources import Key
from modelservice.observe.capabilities import Described, settled

logger = logging.getLogger(__name__)

AT_ONCE = 8
TIMEOUT = aiohttp.ClientTimeout(total=5, sock_connect=2)
READ_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """Where to ask what a revision offers."""

    revision: str
    url: str


def question(status: Status, pods: Iterable[PodFacts], launch: Launch | None) -> Question | None:
    """The revision of a ready pod that has not told yet; none where it would not answer us."""
    if launch is None or launch.describes_itself_at is None:
        return None
    for pod in pods:
        waits = pod.ready and pod.deleting_since is None and pod.component == "engine" and pod.ip
        if waits and pod.revision and not settled(status.capabilities, pod.revision):
            host = f"[{pod.ip}]" if ":" in pod.ip else pod.ip
            return Question(pod.revision, f"http://{host}:{launch.port}{launch.describes_itself_at}")
    return None


class Describe:
    """`run` it in a task. What was answered is kept until the status has it."""

    def __init__(self, answered: Callable[[Key], None]) -> None:
        self._answered = answered
        self._known: dict[Key, tuple[Question, Described]] = {}
        self._asked: set[tuple[Key, Question]] = set()
        self._open: asyncio.Queue[tuple[Key, Question]] = asyncio.Queue()

    def look(self, service: Key, question: Question | None) -> Described | None:
        """The answer, if it is there; if not, it is asked for."""
        if question is None:
            self.forget(service)
            return None
        known = self._known.get(service)
        if known is not None and known[0].revision == question.revision:
            return known[1]
        if not any(key == service and asked.revision == question.revision for key, asked in self._asked):
            self._asked.add((service, question))
            self._open.put_nowait((service, question))
        return None

    def forget(self, service: Key) -> None:
        self._known.pop(service, None)

    async def run(self) -> None:
        """Ask until cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http, asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(http))

    async def _work(self, http: aiohttp.ClientSession) -> None:
        while True:
            service, question = await self._open.get()
            paths = await _paths(http, question.url)
            self._asked.discard((service, question))
            self._known[service] = question, Described(question.revision, paths)
            self._answered(service)


async def _paths(http: aiohttp.ClientSession, url: str) -> frozenset[str] | None:
    """The paths of an OpenAPI document; None for whatever is none."""
    try:
        async with http.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                logger.info("%s was answered with %d", url, answer.status)
                return None
            body = await _read(answer.content)
        return frozenset(json.loads(body)["paths"])
    except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError) as error:  # TimeoutError is an OSError
        logger.info("%s did not describe itself: %s", url, error or type(error).__name__)
        return None


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = b""
    while chunk := await content.readany():
        body += chunk
        if len(body) > READ_BYTES:
            raise ValueError("too long")
    return body
