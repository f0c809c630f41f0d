"""click's and clap's way of reading a command line: names in full, values joined or as the next word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelservice.engines.argv import read
from modelservice.engines.options import Dialect, OptionTable, table_of

CLICK, _ = table_of("infinity", (0, 0, 78))
CLAP = replace(CLICK, dialect=Dialect.CLAP)

TAKEN = {
    "next word": (("--port", "5"), "--port", ("5",)),
    "joined": (("--port=5",), "--port", ("5",)),
    "switch": (("--compile",), "--compile", ()),
    "its negation": (("--no-compile",), "--compile", ()),
}


@pytest.mark.parametrize("table", [CLICK, CLAP], ids=["click", "clap"])
@pytest.mark.parametrize(("words", "key", "values"), TAKEN.values(), ids=TAKEN)
def test_option_is_read(table: OptionTable, words: tuple[str, ...], key: str, values: tuple[str, ...]) -> None:
    (said,) = read(words, table).said
    assert (said.key, said.values, said.words, said.problem) == (key, values, words, "")


REFUSED = {
    "no value": (("--port",), "needs a value"),
    "no number": (("--port", "x"), "takes a whole number, and `x` is given"),
    "a switch with a value": (("--compile=true",), "takes no value, and `true` is given"),
    "not among the choices": (("--dtype", "half"), "is one of float32"),
}


@pytest.mark.parametrize(("words", "problem"), REFUSED.values(), ids=REFUSED)
def test_mistake_is_told(words: tuple[str, ...], problem: str) -> None:
    (said,) = read(words, CLICK).said
    assert said.problem.startswith(problem)


def test_value_that_begins_with_a_dash_is_clicks_alone() -> None:
    words = ("--host", "-x")
    assert [said.values for said in read(words, CLICK).said] == [("-x",)]
    assert [said.problem for said in read(words, CLAP).said] == ["needs a value", ""]
    assert [said.values for said in read(("--host=-x",), CLAP).said] == [("-x",)]


def test_beginning_of_a_name_is_no_name() -> None:
    (said,) = read(("--served-model", "a", "b"), CLICK).said
    assert (said.option, said.words) == (None, ("--served-model", "a", "b"))


def test_word_of_no_option_is_stray() -> None:
    assert read(("here", "--port", "5"), CLICK).stray == ((0, "here"),)
