"""Names stay valid and distinct whatever they are made from."""

from __future__ import annotations

import re

import pytest

from modelservice.render.canonical import digest
from modelservice.render.names import child_name, dns_label

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LONG = "a" * 53


def test_child_name_is_readable_when_it_fits() -> None:
    assert child_name("qwen", "cache") == "qwen-cache"


@pytest.mark.parametrize("what", ["cache", "file-0123456789", "x" * 80], ids=["fits", "too long", "far too long"])
def test_child_name_is_a_dns_label(what: str) -> None:
    name = child_name(LONG, what)
    assert len(name) <= 63
    assert LABEL.fullmatch(name)


def test_child_names_that_are_cut_stay_distinct() -> None:
    assert child_name(LONG, "file-0123456789") != child_name(LONG, "file-0123456780")


def test_child_name_cut_at_a_dash_is_still_a_label() -> None:
    assert LABEL.fullmatch(child_name("a" * 53 + "-" * 5 + "b" * 20, "x"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("chat-templates", True, id="a label stays"),
        pytest.param("chat.templates", False, id="dots"),
        pytest.param("Chat_Templates", False, id="capitals and underscores"),
        pytest.param("...", False, id="nothing left"),
        pytest.param("x" * 253, False, id="too long"),
    ],
)
def test_dns_label_of_any_text_is_valid(text: str, plain: bool) -> None:
    label = dns_label(text)
    assert (label == text) is plain
    assert len(label) <= 63
    assert LABEL.fullmatch(label)


def test_dns_labels_of_texts_that_differ_in_lost_letters_differ() -> None:
    assert len({dns_label(text) for text in ("a.b", "a_b", "a-b")}) == 3


def test_digest_follows_what_is_said_and_not_its_order() -> None:
    assert digest({"a": [1, 2], "b": "ä"}) == digest({"b": "ä", "a": [1, 2]})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})
