"""What is asked about pods that fail or wait, and how long an answer is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelservice.control.evidence import EventsOf, Evidence, LogOf, ProgressOf, next_question, questions
from modelservice.facts.facts import LogFacts
from modelservice.facts.pods import ContainerFacts, PodFacts, Termination
from modelservice.kube.resources import Key
from modelservice.kube.session import Session
from scripted_api import Reply, Script, refusal, scripted

NODE_AT = datetime(2026, 1, 1, tzinfo=UTC)
FAILED = Termination(1)
ENDED = Termination(0)


def after(seconds: float) -> datetime:
    return NODE_AT + timedelta(seconds=seconds)


def container(**changes: Any) -> ContainerFacts:
    return replace(ContainerFacts("engine"), **changes)


def pod(*containers: ContainerFacts, **changes: Any) -> PodFacts:
    return replace(PodFacts("p", "u", scheduled=True, scheduled_at=NODE_AT, containers=containers), **changes)


LOADING = container(state="running", running_since=after(10))
LOADER = container(name="loader", state="running", running_since=NODE_AT)
LOG = LogOf("p", "u", "engine", run=0, previous=True)
CASES = {
    "a pod that waits a short while": (pod(container()), 29, []),
    "a pod that waits": (pod(container()), 30, [EventsOf("p", "u", 0, NODE_AT, 0)]),
    "a pod that still waits": (pod(container()), 130, [EventsOf("p", "u", 0, NODE_AT, 2)]),
    "a pod without containers yet": (pod(), 30, [EventsOf("p", "u", 0, NODE_AT, 0)]),
    "a pod without a node": (pod(container(), scheduled=False, scheduled_at=None), 900, []),
    "a loader that has just begun": (pod(LOADER), 3, []),
    "a loader at work": (pod(LOADER), 4, [ProgressOf("p", "u", "loader", run=0, turn=0)]),
    "a loader a while later": (pod(LOADER), 47, [ProgressOf("p", "u", "loader", run=0, turn=4)]),
    "a pod that has begun to load": (pod(LOADING), 39, []),
    "a pod that loads": (pod(LOADING), 40, [EventsOf("p", "u", 0, after(10), 0)]),
    "a pod that still loads": (pod(LOADING), 900, [EventsOf("p", "u", 0, after(10), 4)]),
    "a pod that no longer answers": (
        pod(LOADING, unready_since=after(700)),
        730,
        [EventsOf("p", "u", 0, after(700), 0)],
    ),
    "a pod that answers": (pod(container(state="running", restarts=1), ready=True), 900, []),
    "a pod on its way out": (pod(container(), deleting_since=NODE_AT), 900, []),
    "a container that has just died": (
        pod(container(state="terminated", terminated=FAILED)),
        1,
        [replace(LOG, previous=False)],
    ),
    "a container that waits after its death": (pod(container(last_termination=FAILED)), 1, [LOG]),
    "a container that runs again": (pod(container(state="running", restarts=1, last_termination=FAILED)), 1, [LOG]),
    "a container that ended well": (pod(container(state="terminated", terminated=ENDED, init=True)), 1, []),
}


@pytest.mark.parametrize(("seen", "seconds", "asked"), CASES.values(), ids=CASES.keys())
def test_questions_are_asked_about(seen: PodFacts, seconds: float, asked: list[object]) -> None:
    assert list(questions([seen], after(seconds))) == asked


def test_next_question_comes_when_a_waiting_pod_has_waited_long_enough() -> None:
    assert next_question([pod(container())], after(5)) == after(30)
    assert next_question([pod(container())], after(30)) is None


SERVICE = Key("n", "qwen")
CRASHED = pod(container(last_termination=FAILED))


class Asking:
    """Evidence at work, with what the API server was asked."""

    def __init__(self, session: Session, script: Script) -> None:
        self.told: asyncio.Queue[Key] = asyncio.Queue()
        self.evidence = Evidence(session, self.told.put_nowait)
        self.script = script

    def known(self, *pods: PodFacts) -> tuple[LogFacts, ...]:
        return self.evidence.look(SERVICE, pods, after(1)).logs

    def unread(self, seconds: float) -> bool:
        return self.evidence.unread(SERVICE, after(seconds)) is not None

    async def answered(self, seen: PodFacts) -> tuple[LogFacts, ...]:
        """What is known of this pod after the next answer."""
        self.known(seen)
        assert await asyncio.wait_for(self.told.get(), 5) == SERVICE
        return self.known(seen)


@asynccontextmanager
async def asking(*replies: Reply) -> AsyncIterator[Asking]:
    async with scripted(*replies) as (session, script):
        asking = Asking(session, script)
        task = asyncio.create_task(asking.evidence.run())
        yield asking
        task.cancel()
        await asyncio.wait([task])


def test_next_question_about_a_loader_comes_soon_and_then_every_ten_seconds() -> None:
    looks = [next_question([pod(LOADER)], after(seconds)) for seconds in (0, 4, 10, 44)]
    assert looks == [after(4), after(10), after(20), after(50)]


async def test_log_of_a_crash_is_read_once_and_redacted() -> None:
    async with asking(Reply(b"loading\nHF_TOKEN=hf_abcdefghijkl\n")) as at:
        logs = await at.answered(CRASHED)
        assert logs == (LogFacts("p", "engine", previous=True, lines=("loading", "HF_TOKEN=***")),)
        assert at.known(CRASHED) == logs
        assert [seen["previous"] for seen in at.script.seen] == ["true"]


async def test_log_of_the_next_crash_takes_the_place_of_the_last() -> None:
    async with asking(Reply(b"first\n"), Reply(b"second\n")) as at:
        await at.answered(CRASHED)
        (log,) = await at.answered(pod(container(last_termination=FAILED, restarts=1)))
        assert log.lines == ("second",)


async def test_answer_that_is_refused_is_not_asked_for_again() -> None:
    async with asking(refusal(500), Reply(b"never\n")) as at:
        assert await at.answered(CRASHED) == ()
        assert at.known(CRASHED) == ()
        assert len(at.script.seen) == 1


async def test_what_is_known_of_a_pod_goes_with_it() -> None:
    async with asking(Reply(b"last words\n")) as at:
        assert await at.answered(CRASHED)
        assert at.known() == ()
        assert at.known(replace(CRASHED, uid="another")) == ()


async def test_what_the_first_look_asks_is_waited_for_until_it_is_answered() -> None:
    async with asking(Reply(b"last words\n"), Reply(b"again\n")) as at:
        at.known(CRASHED)
        assert at.unread(2)
        await at.answered(CRASHED)
        assert not at.unread(2)


async def test_what_the_first_look_asks_is_not_waited_for_without_end() -> None:
    async with asking() as at:
        at.known(CRASHED)
        assert at.evidence.unread(SERVICE, after(1)) == after(11)
        assert not at.unread(11)


async def test_nothing_is_waited_for_that_a_later_look_asks() -> None:
    async with asking(Reply(b"last words\n")) as at:
        at.known()
        at.known(CRASHED)
        assert not at.unread(2)
