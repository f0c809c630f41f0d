"""Log lines for machines and for people."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from modelservice.control import logs
from modelservice.kube.resources import Key

logger = logging.getLogger("modelservice.test")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def written(stream: io.StringIO) -> None:
    logs.configure(stream)
    with logs.about(Key("team", "qwen")):
        logger.info("created %s", "Service")


def test_log_is_json_where_no_person_reads() -> None:
    stream = io.StringIO()
    written(stream)
    line = json.loads(stream.getvalue())
    assert len(line.pop("reconcile_id")) == 8
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "modelservice.test",
        "namespace": "team",
        "name": "qwen",
        "message": "created Service",
    }


def test_log_is_plain_on_a_terminal() -> None:
    stream = Terminal()
    written(stream)
    assert stream.getvalue()[8:] == " info    team/qwen: created Service\n"


def test_log_keeps_the_trace_of_an_exception_on_one_line() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    try:
        raise ValueError("it broke")
    except ValueError:
        logger.exception("the pass failed")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: it broke" in json.loads(line)["exception"]


async def test_log_lines_of_passes_at_the_same_time_are_told_apart() -> None:
    stream = io.StringIO()
    logs.configure(stream)

    async def a_pass(name: str) -> None:
        with logs.about(Key("team", name)):
            await asyncio.sleep(0)
            logger.info("done")

    await asyncio.gather(a_pass("one"), a_pass("two"))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line["name"] for line in lines} == {"one", "two"}
    assert len({line["reconcile_id"] for line in lines}) == 2


def test_log_leaves_out_what_libraries_chat() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    logging.getLogger("kopf.reactor").info("Timer is set")
    logging.getLogger("kopf.reactor").warning("it matters")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["it matters"]
