"""Infinity as an engine: its image, command line and key, and what it cannot honour."""

from __future__ import annotations

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask
from modelservice.engines.routes import Route

INFINITY = engine(EngineType.INFINITY)
OURS = ("--model-id", "org/name", "--served-model-name", "org/name", "--port", "8000", "--url-prefix", "/v1")
START = (*OURS, "--device", "cuda", "--no-trust-remote-code")


def inf(text: str = "", gpus: int = 1, version: str | None = "0.0.78", **more: object) -> Ask:
    return ask(text if "engine:" in text else f"{text}\nengine: {{type: infinity}}", gpus, version, **more)


def test_command_is_explicit_answers_below_v1_and_runs_no_code_of_the_model() -> None:
    launch = INFINITY.launch(inf())
    assert launch.command == ("infinity_emb", "v2")
    assert launch.args == START
    assert (launch.port, launch.open_ai_path, launch.ready_path) == (8000, "/v1", "/health")
    assert plain(launch.env) == {"INFINITY_ANONYMOUS_USAGE_STATS": "0", "DO_NOT_TRACK": "1"}


HARDWARE = {
    "one GPU": (1, "nvidia.com/gpu", "", ("cuda",)),
    "a copy on each of many": (3, "nvidia.com/gpu", "", ("cuda", "--device-id", "0,1,2")),
    "CPU": (0, "nvidia.com/gpu", "-cpu", ("cpu",)),
    "a slice of a GPU": (1, "nvidia.com/mig-1g.10gb", "", ("cuda",)),
}


@pytest.mark.parametrize(("gpus", "resource", "suffix", "words"), HARDWARE.values(), ids=HARDWARE)
def test_hardware_picks_image_and_device(gpus: int, resource: str, suffix: str, words: tuple[str, ...]) -> None:
    asked = inf(gpus=gpus, resource_name=resource)
    assert check(asked) == ()
    assert INFINITY.image("0.0.78", gpus, resource) == f"michaelf34/infinity:0.0.78{suffix}"
    assert INFINITY.launch(asked).args[9 : 9 + len(words)] == words


SERVING = {
    "embed": ("task: Embed", START),
    "number type": ("dtype: float16", (*START, "--dtype", "float16")),
    "code of the model": ("trustRemoteCode: true", (*START[:-1], "--trust-remote-code")),
}


@pytest.mark.parametrize(("serving", "words"), SERVING.values(), ids=SERVING)
def test_serving_is_mapped(serving: str, words: tuple[str, ...]) -> None:
    asked = inf(f"serving: {{{serving}}}")
    assert check(asked) == ()
    assert INFINITY.launch(asked).args == words


REFUSED = {
    "text": (inf("serving: {task: Generate}"), "serving.task", "use engine.type: vllm"),
    "context": (inf("serving: {contextLength: 9}"), "serving.contextLength", "use engine.type: vllm"),
    "number type": (inf("serving: {dtype: half}"), "serving.dtype", "is one of float32"),
    "AMD": (inf(resource_name="amd.com/gpu"), "engine.image", "set engine.image"),
}


@pytest.mark.parametrize(("asked", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(asked: Ask, field: str, advice: str) -> None:
    (finding,) = check(asked)
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


def test_what_the_user_says_of_the_models_code_stands_alone() -> None:
    asked = inf("engine: {type: infinity, options: {trust-remote-code: true}}")
    assert INFINITY.launch(asked).args == (*START[:-1], "--trust-remote-code")


def test_routes_are_known_by_the_task_alone() -> None:
    assert INFINITY.launch(inf("serving: {task: Rerank}")).routes == (Route.RERANK, Route.MODELS)
    assert INFINITY.launch(inf()).routes == ()


def test_key_comes_by_environment() -> None:
    launch = INFINITY.launch(inf("auth: {apiKeySecret: {name: keys, key: k}}"))
    (key,) = (one for one in launch.env if one["name"] == "INFINITY_API_KEY")
    assert key["valueFrom"]["secretKeyRef"] == {"name": "keys", "key": "k"}


def test_second_name_is_told_not_to_be_listed() -> None:
    assert told(check(inf("servedNames: [a, b]"))) == [("UnsupportedByEngine", "servedNames", False)]


@pytest.mark.parametrize("word", ["--model-id=a", "--api-key=a", "--url-prefix=/", "--preload-only", "--help"])
def test_what_has_a_field_or_ends_it_is_refused(word: str) -> None:
    asked = inf(f"engine: {{type: infinity, args: ['{word}']}}")
    assert told(INFINITY.check(asked)) == [("InvalidOption", "engine.args[0]", True)]


def test_running_requests_have_their_time_after_the_signal() -> None:
    drain = INFINITY.launch(inf("drainTimeoutSeconds: 90")).drain
    assert (drain.before_sigterm, drain.after_sigterm) == (5, 90)
