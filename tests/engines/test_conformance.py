"""Each engine through its Service, by its in-cluster name: what clients are answered is what is told of the engine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import httpx
import pytest

from engines.asks import CHAT, OK, QUESTIONS
from engines.served import Served, Subjects
from engines.subjects import KEY, KILLED, NAMESPACE, ROUTES, SUBJECTS
from lab.client import Client, Manifest
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import ENGINES

pytestmark = pytest.mark.timeout(1800)
SLOW = pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
MARKED = {name: pytest.param(name, marks=SLOW if subject.slow else ()) for name, subject in SUBJECTS.items()}
ALL = MARKED.values()
MEASURED = [
    MARKED[name]
    for name, subject in SUBJECTS.items()
    if subject.main == CHAT and ENGINES[EngineType(subject.type)].meters
]
STREAMING = [MARKED[name] for name, subject in SUBJECTS.items() if subject.main == CHAT]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", ALL)
def test_engine_answers(subjects: Subjects, name: str, question: str) -> None:
    assert subjects.served(name).answers[question] in SUBJECTS[name].expected[question]


@pytest.mark.parametrize("name", ALL)
def test_capabilities_are_what_it_answers(subjects: Subjects, name: str) -> None:
    served = subjects.served(name)
    told = served.status["capabilities"]
    if not served.subject.tells_routes:
        assert (told["source"], told["routes"]) == ("Unknown", [])
        return
    answered = {
        route
        for route, feature in ROUTES.items()
        if served.answers[feature] == OK and feature not in served.subject.besides
    }
    assert set(told["routes"]) & set(ROUTES) == answered


@pytest.mark.parametrize("name", MEASURED)
def test_metrics_bear_the_names_that_are_told_of_them(subjects: Subjects, name: str) -> None:
    """Of the cache, llama.cpp has told until mid-2025 alone."""
    served = subjects.served(name)
    meters = ENGINES[EngineType(served.subject.type)].meters
    assert meters
    status, page = subjects.caller.http(f"{served.status['url']}/metrics", key=KEY)
    wanted = [meters.running, meters.waiting, meters.generated, meters.prompted, meters.first_token]
    assert (status, [metric for metric in wanted if metric not in page]) == (200, [])
    assert any(metric in page for metric in meters.cache) is (name != "llamacpp")


@pytest.mark.parametrize("name", STREAMING)
def test_killed_engine_breaks_the_stream_and_comes_back(subjects: Subjects, name: str) -> None:
    """No client may take half an answer for a whole one."""
    served, cluster = subjects.served(name), subjects.cluster
    (pod,) = cluster.list("Pod", NAMESPACE, labels=f"modelservice.io/name={name}")
    with long_stream(cluster, served) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("data: ")
        subjects.lab.nodes.container(pod, "engine").kill()
        with pytest.raises(httpx.TransportError):
            list(lines)

    def came_back(seen: Manifest) -> bool:
        (container,) = seen["status"]["containerStatuses"]
        return bool(container["restartCount"] and container["ready"])

    within = served.subject.engine.ready_within
    cluster.wait("Pod", pod["metadata"]["name"], NAMESPACE, came_back, within)
    url = subjects.serve.ready(name, within)["openAIURL"]
    assert subjects.caller.chat(url, served.model, key=KEY)["text"]
    served.answers[KILLED] = OK


@contextlib.contextmanager
def long_stream(cluster: Client, served: Served) -> Iterator[httpx.Response]:
    address = cluster.get("Service", served.name, NAMESPACE)["spec"]["clusterIP"]
    asked = {"messages": [{"role": "user", "content": "hello world"}], "max_tokens": 2000, "ignore_eos": True}
    headers = {"authorization": f"Bearer {KEY}"}
    body = {"model": served.model, "stream": True, **asked}
    url = f"http://{address}:8000/v1/chat/completions"
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as answer:
        assert answer.status_code == httpx.codes.OK, answer.read()
        yield answer
