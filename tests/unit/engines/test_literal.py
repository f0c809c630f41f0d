"""llama.cpp's way of reading a command line, each case as the real server was seen to take it."""

from __future__ import annotations

import pytest

from modelservice.engines.argv import read
from modelservice.engines.option_map import entry
from modelservice.engines.options import table_of
from modelservice.engines.said import Said

TABLE, _ = table_of("llamacpp", (0, 7, 0))


def one(*words: str) -> Said:
    (said,) = read(words, TABLE).said
    return said


TAKEN = {
    "long name": (("--ctx-size", "5"), "--ctx-size", ("5",)),
    "short name": (("-c", "5"), "--ctx-size", ("5",)),
    "underscores": (("--ctx_size", "5"), "--ctx-size", ("5",)),
    "a value that begins with a dash": (("--seed", "-1"), "--seed", ("-1",)),
    "flag": (("--metrics",), "--metrics", ()),
    "negation": (("--no-kv-offload",), "--kv-offload", ()),
    "two values": (("--control-vector-layer-range", "1", "2"), "--control-vector-layer-range", ("1", "2")),
    "a word for a switch": (("-fa", "enabled"), "--flash-attn", ("enabled",)),
}


@pytest.mark.parametrize(("words", "key", "values"), TAKEN.values(), ids=TAKEN)
def test_option_is_read(words: tuple[str, ...], key: str, values: tuple[str, ...]) -> None:
    said = one(*words)
    assert (said.key, said.values, said.words, said.problem) == (key, values, words, "")


REFUSED = {
    "joined": (("--ctx-size=5",), "takes its value as a word of its own: `5`"),
    "no value": (("--ctx-size",), "needs a value"),
    "one of two values": (("--control-vector-layer-range", "1"), "needs 2 values"),
    "no number": (("--parallel", "all"), "takes a number, and `all` is given"),
    "no switch": (("--flash-attn", "yes"), "is one of on, off, auto"),
    "no choice": (("--cache-type-k", "zz"), "is one of f32, f16"),
}


@pytest.mark.parametrize(("words", "problem"), REFUSED.values(), ids=REFUSED)
def test_bad_value_is_told(words: tuple[str, ...], problem: str) -> None:
    assert one(*words).problem.startswith(problem)


def test_beginning_of_a_name_is_no_name() -> None:
    said = one("--ctx", "5")
    assert (said.option, said.name, said.words) == (None, "--ctx", ("--ctx", "5"))


def test_word_of_no_option_is_stray() -> None:
    assert read(("--metrics", "model.gguf"), TABLE).stray == ((1, "model.gguf"),)


OPTIONS = {
    "negative number": ("seed", -1, ("--seed", "-1")),
    "off": ("kv-offload", False, ("--no-kv-offload",)),
    "off that is on": ("no-kv-offload", False, ("--kv-offload",)),
    "a flag that says no": ("no-host", True, ("--no-host",)),
    "two values": ("control-vector-layer-range", [1, 2], ("--control-vector-layer-range", "1", "2")),
}


@pytest.mark.parametrize(("key", "value", "words"), OPTIONS.values(), ids=OPTIONS)
def test_entry_of_the_map_becomes_words(key: str, value: object, words: tuple[str, ...]) -> None:
    found = entry(key, value, TABLE, exact=True)
    assert [word for said in found.said for word in said.words] == list(words)
    assert found.problem == ""


def test_flag_that_says_no_stays_off() -> None:
    assert entry("no-host", False, TABLE, exact=True).said == ()
