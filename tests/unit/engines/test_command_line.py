"""Who wins on the command line, and that nothing is dropped in silence or said twice."""

from __future__ import annotations

import pytest

from engine_asks import ask, told
from modelservice.engines.catalogue import engine
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.flag import Flag

VLLM = engine(ask().spec.engine.type)
LENGTH = Flag("--max-model-len")
LATE = Flag("--runner", since=(0, 10, 1))


def line(text: str, version: str | None = "0.32.0") -> CommandLine:
    return command_line(ask(text).spec.engine, version, "vLLM", "vllm")


OURS = [Wish(LENGTH, ("100",), "serving.contextLength"), Wish(Flag("--port"), ("8000",))]

PRECEDENCE = {
    "ours and serving": ("", ["--max-model-len", "100", "--port", "8000"]),
    "options over serving": (
        "engine: {options: {max-model-len: 200}}",
        ["--port", "8000", "--max-model-len", "200"],
    ),
    "options over ours": ("engine: {options: {port: 9}}", ["--max-model-len", "100", "--port", "9"]),
    "args over serving": (
        "engine: {args: [--max_model_len=300]}",
        ["--port", "8000", "--max_model_len=300"],
    ),
    "args over options": (
        "engine: {options: {max-model-len: 200, seed: 1}, args: [--max-model, '300']}",
        ["--port", "8000", "--seed", "1", "--max-model", "300"],
    ),
    "a short name counts": (
        "engine: {options: {quantization: awq}, args: [-q, fp8]}",
        ["--max-model-len", "100", "--port", "8000", "-q", "fp8"],
    ),
    "a no counts": (
        "engine: {options: {enforce-eager: true}, args: [--no-enforce-eager]}",
        ["--max-model-len", "100", "--port", "8000", "--no-enforce-eager"],
    ),
    "a part of JSON counts": (
        "engine: {options: {speculative-config: {method: ngram}}, args: [--speculative-config.method, eagle]}",
        ["--max-model-len", "100", "--port", "8000", "--speculative-config.method", "eagle"],
    ),
    "what may be said again is kept": (
        "engine: {options: {middleware: a.B}, args: [--middleware, c.D]}",
        ["--max-model-len", "100", "--port", "8000", "--middleware", "a.B", "--middleware", "c.D"],
    ),
    "the user's order and words": (
        "engine: {args: [--seed, '1', --enforce_eager, --dtype=half, --seed, '2']}",
        ["--max-model-len", "100", "--port", "8000", "--seed", "1", "--enforce_eager", "--dtype=half", "--seed", "2"],
    ),
}


@pytest.mark.parametrize(("text", "words"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_precedence_is_args_options_serving_ours(text: str, words: list[str]) -> None:
    assert list(line(text).words(OURS)) == words


def test_what_is_overruled_is_told() -> None:
    made = line("engine: {options: {max-model-len: 200, seed: 1}, args: [--max-model-len, '300', --seed=2]}")
    assert [finding.message for finding in made.findings(OURS, {})] == [
        "`--max-model-len` in engine.args[0] wins over engine.options.max-model-len; remove one of the two.",
        "`--seed=2` in engine.args[2] wins over engine.options.seed; remove one of the two.",
        "`--max-model-len` in engine.args[0] wins over serving.contextLength; remove one of the two.",
    ]
    assert not any(finding.refuses for finding in made.findings(OURS, {}))


UNKNOWN = {
    "misspelt": (
        "engine: {args: [--max-modl-len, '5']}",
        "engine.args[0]",
        "`--max-modl-len` is no option of vLLM 0.32.0. Did you mean `--max-model-len`?",
    ),
    "misspelt with a value": (
        "engine: {args: [--seed, '1', --dtpye=half]}",
        "engine.args[2]",
        "`--dtpye` is no option of vLLM 0.32.0. Did you mean `--dtype`?",
    ),
    "misspelt in the map": (
        "engine: {options: {enforce_eeger: true}}",
        "engine.options.enforce_eeger",
        "`--enforce-eeger` is no option of vLLM 0.32.0. Did you mean `--enforce-eager`?",
    ),
    "like nothing": (
        "engine: {args: [--zzz]}",
        "engine.args[0]",
        "`--zzz` is no option of vLLM 0.32.0.",
    ),
    "retired": (
        "engine: {args: [--task, embed]}",
        "engine.args[0]",
        "`--task` is gone in vLLM 0.32.0: write `serving.task`, or `--runner` and `--convert`.",
    ),
}


@pytest.mark.parametrize(("text", "field", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_option_is_refused_with_the_nearest_name(text: str, field: str, message: str) -> None:
    (finding,) = line(text).findings([], {})
    assert told((finding,)) == [("UnknownOption", field, True)]
    assert finding.message == message


INVALID = {
    "bad value": (
        "engine: {args: [--dtype, fp16]}",
        "engine.args[0]",
        "`--dtype` is one of auto, bfloat16, float, float16, float32, half, and `fp16` is given.",
    ),
    "stray after a flag": (
        "engine: {args: [--enforce-eager, 'true']}",
        "engine.args[1]",
        "`true` belongs to no option: `--enforce-eager` before it takes no more values.",
    ),
    "stray at the start": (
        "engine: {args: [org/name]}",
        "engine.args[0]",
        "`org/name` belongs to no option: the model is named by `model`, and every option begins with `--`.",
    ),
    "bad value in the map": (
        "engine: {options: {seed: x}}",
        "engine.options.seed",
        "`--seed` takes a whole number, and `x` is given.",
    ),
    "bad kind in the map": (
        "engine: {options: {enforce-eager: 'yes'}}",
        "engine.options.enforce-eager",
        "`enforce-eager` is on or off: write `true` or `false`.",
    ),
    "ambiguous": (
        "engine: {args: [--max-lora, '5']}",
        "engine.args[0]",
        "`--max-lora` may mean `--max-lora-cls-labels`, `--max-lora-rank`, `--max-loras`: write it in full.",
    ),
}


@pytest.mark.parametrize(("text", "field", "message"), INVALID.values(), ids=INVALID)
def test_invalid_option_is_refused_with_the_fix(text: str, field: str, message: str) -> None:
    (finding,) = line(text).findings([], {})
    assert told((finding,)) == [("InvalidOption", field, True)]
    assert finding.message == message


def test_every_mistake_is_told_at_once() -> None:
    made = line("engine: {args: [--zzz, --dtype, fp16, --seed, '1', x], options: {task: embed, seed: z}}")
    assert [finding.field for finding in made.findings([], {}) if finding.refuses] == [
        "engine.args[5]",
        "engine.args[0]",
        "engine.args[1]",
        "engine.options.task",
        "engine.options.seed",
    ]


@pytest.mark.parametrize("version", ["0.31.0", None, "nightly"])
def test_version_without_a_table_warns_and_passes_everything_on(version: str | None) -> None:
    text = "engine: {args: [--zzz, a, --dtype, fp16, stray], options: {new: true, enforce-eager: soft}}"
    made = line(text, version)
    assert {finding.refuses for finding in made.findings([], {})} == {False}
    assert {finding.field for finding in made.findings([], {})} == {
        "engine.args[0]",
        "engine.args[2]",
        "engine.args[4]",
        "engine.options.new",
        "engine.options.enforce-eager",
    }
    assert made.words([]) == ("--new", "--enforce-eager", "soft", "--zzz", "a", "--dtype", "fp16", "stray")


def test_warning_says_why_it_is_one() -> None:
    (finding,) = line("engine: {args: [--zzz]}", "0.31.0").findings([], {})
    assert finding.message == (
        "`--zzz` is no option of vLLM 0.32.0. It is passed on, since no option list of version 0.31.0 is at hand."
    )


def test_build_of_a_version_has_that_versions_table() -> None:
    assert line("engine: {args: [--zzz]}", "v0.32.0+cpu").findings([], {})[0].refuses


RANGES = {
    "known": ("0.32.0", True, []),
    "since": ("0.10.1", True, []),
    "older": ("0.10.0", True, [("UnsupportedByEngine", "serving.task", True)]),
    "unknown": (None, True, [("UnsupportedByEngine", "serving.task", False)]),
}


@pytest.mark.parametrize(("version", "emitted", "findings"), RANGES.values(), ids=RANGES)
def test_flag_of_a_field_goes_to_versions_that_know_it(
    version: str | None, emitted: bool, findings: list[tuple[str, str, bool]]
) -> None:
    made, wish = line("", version), Wish(LATE, ("pooling",), "serving.task")
    assert told(made.findings([wish], {})) == findings
    assert ("--runner" in made.words([wish])) == emitted


@pytest.mark.parametrize(("version", "emitted"), [("0.10.1", True), ("0.10.0", False), (None, False)])
def test_flag_of_ours_goes_only_to_versions_known_to_have_it(version: str | None, emitted: bool) -> None:
    made, wish = line("", version), Wish(LATE, ("pooling",))
    assert made.findings([wish], {}) == ()
    assert ("--runner" in made.words([wish])) == emitted


def test_missing_flag_names_the_version_that_has_it() -> None:
    (finding,) = line("", "0.10.0").findings([Wish(LATE, ("pooling",), "serving.task")], {})
    assert finding.message == "serving.task becomes `--runner`, which vLLM has since 0.10.1."
