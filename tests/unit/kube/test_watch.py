"""Watch events come whole, however the network cuts the bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelservice.kube import errors
from modelservice.kube.watch import Decoder, EventType, WatchEvent
from property.budget import tries

LINES: list[dict[str, Any]] = [
    {"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "1"}, "data": {"k": "ü\n"}}},
    {"type": "MODIFIED", "object": {"metadata": {"name": "a", "resourceVersion": "2"}}},
    {"type": "DELETED", "object": {"metadata": {"name": "a", "resourceVersion": "3"}}},
    {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}},
]
STREAM = b"".join(json.dumps(line).encode() + b"\n" for line in LINES)
EVENTS = [WatchEvent(EventType(line["type"]), line["object"]) for line in LINES]


@tries(100)
@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_decoder_gives_the_same_events_for_every_cut(cuts: list[int]) -> None:
    decoder = Decoder("pods")
    ends = [*sorted(cuts), len(STREAM)]
    chunks = [STREAM[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    assert [event for chunk in chunks for event in decoder.feed(chunk)] == EVENTS


def test_decoder_keeps_an_event_that_is_not_whole_yet() -> None:
    decoder = Decoder("pods")
    assert list(decoder.feed(STREAM[:20])) == []
    assert list(decoder.feed(STREAM[20:])) == EVENTS


def test_event_names_the_version_to_go_on_from() -> None:
    assert [event.version for event in Decoder("pods").feed(STREAM)] == ["1", "2", "3", "9"]


def test_decoder_raises_an_error_event_as_its_error() -> None:
    expired = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version: 1 (5)"}
    line = json.dumps({"type": "ERROR", "object": expired}).encode() + b"\n"
    with pytest.raises(errors.Gone, match=r"^pods: too old resource version: 1 \(5\)$"):
        list(Decoder("pods").feed(line))


def test_decoder_gives_the_events_before_an_error_first() -> None:
    events = Decoder("pods").feed(STREAM + b'{"type":"ERROR","object":{"code":500}}\n')
    assert [next(events) for _ in EVENTS] == EVENTS
    with pytest.raises(errors.Transient):
        next(events)


@pytest.mark.parametrize("line", [b"not json\n", b"{}\n", b'{"type":"ELSE","object":{}}\n', b"[1]\n"], ids=repr)
def test_decoder_takes_what_is_no_event_for_a_broken_connection(line: bytes) -> None:
    with pytest.raises(errors.Transient):
        list(Decoder("pods").feed(line))
