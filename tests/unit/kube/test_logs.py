"""The end of a log, however long it is and however its lines are."""

import pytest

from modelservice.kube.logs import KEPT_BYTES, READ_BYTES, last_lines, tail
from modelservice.kube.resources import Key
from scripted_api import Reply, refusal, scripted

POD = Key("n", "p")


async def test_tail_asks_for_lines_of_one_container_and_bounds_what_is_sent() -> None:
    async with scripted(Reply(b"one\ntwo\n")) as (session, script):
        assert await tail(session, POD, "engine", previous=True, lines=40) == ("one", "two")
        wanted = {"container": "engine", "tailLines": "40", "limitBytes": str(READ_BYTES), "previous": "true"}
        assert script.seen == [wanted]


async def test_tail_keeps_the_end_of_a_log_that_is_too_long() -> None:
    lines = [f"{n:08} {'x' * 991}" for n in range(500)]
    async with scripted(Reply("\n".join(lines).encode())) as (session, _):
        kept = await tail(session, POD, "engine")
    assert kept == tuple(lines[-len(kept) :])
    assert KEPT_BYTES - 1001 <= sum(len(line) + 1 for line in kept) <= KEPT_BYTES


@pytest.mark.parametrize(
    "answer", [refusal(404, "NotFound"), refusal(400, "BadRequest")], ids=["no pod", "not run yet"]
)
async def test_tail_of_what_has_no_log_is_empty(answer: Reply) -> None:
    async with scripted(answer) as (session, _):
        assert await tail(session, POD, "engine") == ()


LONG = b"x" * (KEPT_BYTES + 100)
TEXTS = {
    "empty": (b"", ()),
    "no newline at the end": (b"a\nb", ("a", "b")),
    "empty lines": (b"a\n\n\nb\n", ("a", "b")),
    "carriage returns": (b"a\r\nb\r\n", ("a", "b")),
    "no text": (b"a\xff\xfe\n", ("a��",)),
    "one endless line": (LONG, (LONG[-KEPT_BYTES:].decode(),)),
    "one endless last line": (b"a\n" + LONG + b"\n", (LONG[-KEPT_BYTES + 1 :].decode(),)),
    "a cut first line": (LONG + b"\nlast\n", ("last",)),
}


@pytest.mark.parametrize(("text", "lines"), TEXTS.values(), ids=TEXTS)
def test_last_lines_are_whole_lines(text: bytes, lines: tuple[str, ...]) -> None:
    assert last_lines(text) == lines
