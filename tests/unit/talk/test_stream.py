"""Streamed answers, taken apart as engines really send them."""

from __future__ import annotations

import json

import pytest

from modelservice.talk.errors import Refused, refused
from modelservice.talk.pieces import Piece, piece
from modelservice.talk.sse import Decoder

STREAM = b': awake\r\n\r\ndata: {"a": 1}\r\n\r\ndata:two\ndata: lines\n\nevent: x\ndata: \xc3\xa9\n\ndata: [DONE]\n\n'
EVENTS = ['{"a": 1}', "two\nlines", "é", "[DONE]"]


@pytest.mark.parametrize("size", [1, 2, 7, len(STREAM)])
def test_events_are_the_same_however_the_bytes_come(size: int) -> None:
    decoder = Decoder()
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [event for chunk in chunks for event in decoder.feed(chunk)] == EVENTS


def test_event_without_its_end_is_not_told() -> None:
    assert list(Decoder().feed(b"data: half")) == []


PIECES = {
    "text": ({"choices": [{"delta": {"content": "Hi"}}]}, Piece("Hi")),
    "a role alone": ({"choices": [{"delta": {"role": "assistant", "content": ""}}]}, Piece()),
    "vLLM's thoughts": ({"choices": [{"delta": {"reasoning_content": "Hm"}}]}, Piece(thought="Hm")),
    "a newer vLLM's thoughts": ({"choices": [{"delta": {"reasoning": "Hm", "content": None}}]}, Piece(thought="Hm")),
    "usage": ({"choices": [], "usage": {"completion_tokens": 7}}, Piece(tokens=7)),
    "an end": ({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": None}, Piece()),
}


@pytest.mark.parametrize(("event", "wanted"), PIECES.values(), ids=PIECES)
def test_piece_is_what_an_event_adds(event: object, wanted: Piece) -> None:
    assert piece(json.dumps(event)) == wanted


@pytest.mark.parametrize(
    "data", ['{"error": {"message": "engine is dead", "code": 500}}', '{"error": "engine is dead"}']
)
def test_error_within_a_stream_is_raised(data: str) -> None:
    with pytest.raises(Refused, match=r"^engine is dead$"):
        piece(data)


def test_event_that_is_no_json_is_quoted() -> None:
    with pytest.raises(Refused, match="is no JSON object: <html>"):
        piece("<html>")


REFUSALS = {
    "OpenAI's": (b'{"error": {"message": "no such model", "type": "NotFoundError"}}', "no such model"),
    "vLLM's key": (b'{"error": "Unauthorized"}', "Unauthorized"),
    "vLLM's older": (b'{"object": "error", "message": "too long"}', "too long"),
    "FastAPI's": (b'{"detail": "Not Found"}', "Not Found"),
    "FastAPI's list": (b'{"detail": [{"loc": ["body"]}]}', '[{"loc": ["body"]}]'),
    "a proxy's": (b"<h1>502</h1>", "<h1>502</h1>"),
    "silence": (b"", "it says nothing more"),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_refusal_is_the_servers_own_sentence(body: bytes, sentence: str) -> None:
    assert str(refused(400, body)) == sentence
