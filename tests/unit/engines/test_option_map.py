"""`engine.options` as words of a command line, by each option's kind."""

from __future__ import annotations

from typing import Any

import pytest

from modelservice.engines.option_map import entry
from modelservice.engines.options import table_of

TABLE, _ = table_of("vllm", (0, 32, 0))

WORDS: dict[str, tuple[str, Any, list[str]]] = {
    "text": ("dtype", "half", ["--dtype", "half"]),
    "with dashes": ("--dtype", "half", ["--dtype", "half"]),
    "underscores": ("max_model_len", 8192, ["--max-model-len", "8192"]),
    "short name": ("-tp", 2, ["-tp", "2"]),
    "number with a point": ("gpu-memory-utilization", 0.85, ["--gpu-memory-utilization", "0.85"]),
    "negative number": ("max-model-len", -1, ["--max-model-len=-1"]),
    "value like an option": ("chat-template", "--x", ["--chat-template=--x"]),
    "flag on": ("disable-log-stats", True, ["--disable-log-stats"]),
    "flag off": ("disable-log-stats", False, []),
    "boolean true": ("enforce-eager", True, ["--enforce-eager"]),
    "boolean false": ("enforce-eager", False, ["--no-enforce-eager"]),
    "no, true": ("no-enforce-eager", True, ["--no-enforce-eager"]),
    "no, false": ("no-enforce-eager", False, ["--enforce-eager"]),
    "list": ("allowed-media-domains", ["a", "b"], ["--allowed-media-domains", "a", "b"]),
    "list of one": ("allowed-media-domains", "a", ["--allowed-media-domains", "a"]),
    "list of numbers": ("cudagraph-capture-sizes", [1, 2], ["--cudagraph-capture-sizes", "1", "2"]),
    "list of objects": ("lora-modules", [{"name": "a"}], ["--lora-modules", '{"name": "a"}']),
    "object in a list": ("lora-modules", {"name": "a"}, ["--lora-modules", '{"name": "a"}']),
    "said again for more": ("middleware", ["a.B", "c.D"], ["--middleware", "a.B", "--middleware", "c.D"]),
    "JSON": ("speculative-config", {"method": "ngram"}, ["--speculative-config", '{"method": "ngram"}']),
    "JSON as text": ("speculative-config", '{"a": 1}', ["--speculative-config", '{"a": 1}']),
    "JSON list": ("allowed-origins", ["*"], ["--allowed-origins", '["*"]']),
    "part of JSON": ("speculative-config.method", "ngram", ["--speculative-config.method", "ngram"]),
    "part of JSON that is a boolean": ("hf-overrides.a", True, ["--hf-overrides.a", "true"]),
    "with a value or without, on": ("hf-token", True, ["--hf-token"]),
    "unknown text": ("new-thing", "a", ["--new-thing", "a"]),
    "unknown true": ("new-thing", True, ["--new-thing"]),
    "unknown false": ("new-thing", False, ["--no-new-thing"]),
    "unknown list": ("new-thing", ["a", 1], ["--new-thing", "a", "1"]),
    "unknown object": ("new-thing", {"a": 1}, ["--new-thing", '{"a": 1}']),
}


@pytest.mark.parametrize(("key", "value", "words"), WORDS.values(), ids=WORDS)
def test_entry_becomes_words(key: str, value: Any, words: list[str]) -> None:
    made = entry(key, value, TABLE, exact=True)
    assert made.problem == ""
    assert [word for said in made.said for word in said.words] == words


PROBLEMS: dict[str, tuple[str, Any, str]] = {
    "text for a boolean": ("enforce-eager", "true", "is on or off: write `true` or `false`"),
    "list for one value": ("dtype", ["half"], "takes one value: a text or a number"),
    "object for one value": ("seed", {"a": 1}, "takes one value: a text or a number"),
    "boolean for a text": ("dtype", True, "takes one value: a text or a number"),
    "nothing": ("dtype", None, "has no value: write `true` for a flag, or leave the option out"),
    "no name": ("", 1, "is no name of an option"),
    "no name but a dash": ("-", 1, "is no name of an option"),
}


@pytest.mark.parametrize(("key", "value", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_value_that_does_not_fit_is_told(key: str, value: Any, problem: str) -> None:
    assert entry(key, value, TABLE, exact=True).problem == problem


def test_value_that_fits_no_guess_is_written_as_it_looks() -> None:
    made = entry("enforce-eager", "soft", TABLE, exact=False)
    assert (made.problem, made.said[0].words) == ("", ("--enforce-eager", "soft"))
