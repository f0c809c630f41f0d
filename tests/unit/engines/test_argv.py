"""Reading a command line as vLLM's own parser does, mistakes and all."""

from __future__ import annotations

import pytest

from modelservice.engines.argv import read
from modelservice.engines.options import table_of

TABLE, _ = table_of("vllm", (0, 32, 0))

READ = {
    "value in the next word": (["--dtype", "half"], [("--dtype", ("half",))]),
    "value after an equals sign": (["--dtype=half"], [("--dtype", ("half",))]),
    "empty value after an equals sign": (["--host="], [("--host", ("",))]),
    "underscores": (["--max_model_len", "8192"], [("--max-model-len", ("8192",))]),
    "underscores stay in a value": (["--load_format=a_b"], [("--load-format", ("a_b",))]),
    "unambiguous beginning": (["--max-model", "8192"], [("--max-model-len", ("8192",))]),
    "unambiguous beginning with a value": (["--max_model=8192"], [("--max-model-len", ("8192",))]),
    "alias": (["--device-memory-utilization", "0.8"], [("--gpu-memory-utilization", ("0.8",))]),
    "short name": (["-tp", "2"], [("--tensor-parallel-size", ("2",))]),
    "short name with equals sign": (["-tp=2"], [("--tensor-parallel-size", ("2",))]),
    "value at a short name": (["-qawq"], [("--quantization", ("awq",))]),
    "beginning of a short name": (["-asc", "2"], [("--api-server-count", ("2",))]),
    "flag": (["--disable-log-stats"], [("--disable-log-stats", ())]),
    "boolean": (["--enforce-eager"], [("--enforce-eager", ())]),
    "boolean that says no": (["--no-enable-prefix-caching"], [("--enable-prefix-caching", ())]),
    "beginning of a no": (["--no-enable-prefix"], [("--enable-prefix-caching", ())]),
    "list": (["--served-model-name", "a", "b"], [("--served-model-name", ("a", "b"))]),
    "list ends at an option": (
        ["--served-model-name", "a", "--seed", "1"],
        [("--served-model-name", ("a",)), ("--seed", ("1",))],
    ),
    "list of one after an equals sign": (["--served-model-name=a"], [("--served-model-name", ("a",))]),
    "option with a value or without": (["--hf-token", "--seed", "1"], [("--hf-token", ()), ("--seed", ("1",))]),
    "said twice": (["--seed", "1", "--seed", "2"], [("--seed", ("1",)), ("--seed", ("2",))]),
    "negative number": (["--max-model-len", "-1"], [("--max-model-len", ("-1",))]),
    "words with a space are values": (["--chat-template", "-a b"], [("--chat-template", ("-a b",))]),
    "JSON": (["--hf-overrides", '{"a": 1}'], [("--hf-overrides", ('{"a": 1}',))]),
    "JSON with a size": (["--compilation-config", '{"x": 80m}'], [("--compilation-config", ('{"x": 80m}',))]),
    "part of a JSON option": (["--speculative-config.method", "ngram"], [("--speculative-config", ("ngram",))]),
    "part with underscores": (
        ["--speculative_config.num_speculative_tokens=2"],
        [("--speculative-config", ("2",))],
    ),
    "item of a list in a JSON option": (["--hf-overrides.architectures+", "A"], [("--hf-overrides", ("A",))]),
    "part's value may look like an option": (["-cc.mode", "-1"], [("--compilation-config", ("-1",))]),
    "size": (["--max-num-batched-tokens", "8k"], [("--max-num-batched-tokens", ("8k",))]),
    "size with a point": (["--max-model-len", "25.6k"], [("--max-model-len", ("25.6k",))]),
    "size that is found out": (["--max-model-len", "auto"], [("--max-model-len", ("auto",))]),
    "nothing": (["--kv-cache-memory-bytes", "None"], [("--kv-cache-memory-bytes", ("None",))]),
    "choice in other letters": (["--moe-backend", "Flashinfer-TRTLLM"], [("--moe-backend", ("Flashinfer-TRTLLM",))]),
    "level of optimisation at once": (["-O3"], [("--optimization-level", ("3",))]),
    "level after an equals sign": (["-O=2"], [("--optimization-level", ("2",))]),
    "level in the next word": (["-O", "1"], [("--optimization-level", ("1",))]),
}


@pytest.mark.parametrize(("words", "said"), READ.values(), ids=READ)
def test_words_are_read(words: list[str], said: list[tuple[str, tuple[str, ...]]]) -> None:
    reading = read(words, TABLE)
    assert [(one.key, one.values) for one in reading.said] == said
    assert [one.problem for one in reading.said if one.problem] == []
    assert reading.stray == ()


@pytest.mark.parametrize("words", [case[0] for case in READ.values()], ids=READ)
def test_no_word_is_lost(words: list[str]) -> None:
    assert [word for one in read(words, TABLE).said for word in one.words] == words


PROBLEMS = {
    "no value": (["--dtype"], "needs a value"),
    "option instead of a value": (["--dtype", "--enforce-eager"], "needs a value"),
    "list of nothing": (["--served-model-name"], "needs a value"),
    "value of a flag": (["--enforce-eager=true"], "takes no value, and `true` is given"),
    "no such choice": (
        ["--dtype", "fp16"],
        "is one of auto, bfloat16, float, float16, float32, half, and `fp16` is given",
    ),
    "no whole number": (["--seed", "1.5"], "takes a whole number, and `1.5` is given"),
    "no number": (["--gpu-memory-utilization", "90%"], "takes a number, and `90%` is given"),
    "no size": (["--max-model-len", "8 k"], "takes a whole number, a size such as `8k`, or `auto`, and `8 k` is given"),
    "binary size with a point": (
        ["--max-num-batched-tokens=2.5K"],
        "takes a whole number or a size such as `8k`, and `2.5K` is given",
    ),
    "no JSON": (["--speculative-config", "{method: ngram}"], "takes JSON, and `{method: ngram}` is given"),
    "no JSON object": (["--compilation-config", "3"], "takes a JSON object, and `3` is given"),
    "torn JSON": (["--hf-overrides", '{"a"}'], 'takes JSON or text, and `{"a"}` is given'),
    "part of what is no JSON": (["--seed.a", "1"], "holds no JSON, so it has no parts"),
    "part without a value": (["--speculative-config.method"], "needs a value"),
    "ambiguous": (
        ["--max-lora", "8"],
        "may mean `--max-lora-cls-labels`, `--max-lora-rank`, `--max-loras`: write it in full",
    ),
    "second item of a list": (["--cudagraph-capture-sizes", "1", "x"], "takes a whole number, and `x` is given"),
}


@pytest.mark.parametrize(("words", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_problem_is_told(words: list[str], problem: str) -> None:
    assert read(words, TABLE).said[0].problem == problem


def test_unknown_option_keeps_what_follows_it() -> None:
    reading = read(["--new-thing", "a", "b", "--seed", "1"], TABLE)
    assert [(one.name, one.option is None, one.values) for one in reading.said] == [
        ("--new-thing", True, ("a", "b")),
        ("--seed", False, ("1",)),
    ]


def test_retired_option_is_not_taken_for_the_beginning_of_another() -> None:
    said = read(["--device", "cpu"], TABLE).said[0]
    assert (said.name, said.option, said.problem) == ("--device", None, "")


STRAY = {
    "a word too many": (["--seed", "1", "2"], ((2, "2"),)),
    "a value of a flag": (["--enforce-eager", "true"], ((1, "true"),)),
    "a model": (["org/name"], ((0, "org/name"),)),
    "all after two dashes": (["--seed", "1", "--", "--dtype", "half"], ((2, "--"), (3, "--dtype"), (4, "half"))),
    "a single dash": (["--enforce-eager", "-"], ((1, "-"),)),
    "nothing": ([""], ((0, ""),)),
}


@pytest.mark.parametrize(("words", "stray"), STRAY.values(), ids=STRAY)
def test_words_of_no_option_are_told(words: list[str], stray: tuple[tuple[int, str], ...]) -> None:
    assert read(words, TABLE).stray == stray
