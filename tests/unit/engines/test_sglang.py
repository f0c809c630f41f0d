"""SGLang as an engine: its image, command line and drain, and what it cannot honour."""

from __future__ import annotations

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask

SGLANG = engine(EngineType.SGLANG)
OURS = ("--model-path", "org/name", "--served-model-name", "org/name", "--host", "0.0.0.0", "--port", "8000")
START = (*OURS, "--enable-metrics")


def sg(text: str = "", gpus: int = 1, version: str | None = "0.5.23", **more: object) -> Ask:
    return ask(text if "engine:" in text else f"{text}\nengine: {{type: sglang}}", gpus, version, **more)


def test_command_is_explicit_and_its_port_is_the_services() -> None:
    launch = SGLANG.launch(sg())
    assert launch.command == ("python3", "-m", "sglang.launch_server")
    assert launch.args == START
    assert launch.port == 8000
    assert SGLANG.image("0.5.23", 1, "nvidia.com/gpu") == "lmsysorg/sglang:v0.5.23"


def test_revision_and_offline_reach_it() -> None:
    launch = SGLANG.launch(sg("model: org/name@v1", offline=True))
    assert launch.args[4:6] == ("--revision", "v1")
    assert plain(launch.env) == {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}


PARALLEL = {
    "one GPU": (1, "", ()),
    "all GPUs": (4, "", ("--tp-size", "4")),
    "shared with data parallel": (4, "dp-size: 2", ("--tp-size", "2", "--dp-size", "2")),
    "attention in data parallel": (4, "attn-dp-size: 4", ("--tp-size", "4", "--attn-dp-size", "4")),
    "said under another name": (4, "tensor-parallel-size: 2", ("--tensor-parallel-size", "2")),
}


@pytest.mark.parametrize(("gpus", "options", "words"), PARALLEL.values(), ids=PARALLEL)
def test_gpus_work_in_parallel(gpus: int, options: str, words: tuple[str, ...]) -> None:
    args = SGLANG.launch(sg(f"engine: {{type: sglang, options: {{{options}}}}}", gpus)).args
    assert args == (*START, *words)


SERVING = {
    "context": ("contextLength: 9", ("--context-length", "9")),
    "requests": ("maxConcurrentRequests: 9", ("--max-running-requests", "9")),
    "batch": ("maxBatchedTokens: 9", ("--chunked-prefill-size", "9")),
    "memory": ("gpuMemoryPercent: 85", ("--mem-fraction-static", "0.85")),
    "code of the model": ("trustRemoteCode: true", ("--trust-remote-code",)),
    "no code of the model": ("trustRemoteCode: false", ()),
    "prefixes kept": ("prefixCaching: true", ()),
    "prefixes forgotten": ("prefixCaching: false", ("--disable-radix-cache",)),
    "embed": ("task: Embed", ("--is-embedding",)),
    "template": ("chatTemplate: /t.jinja", ("--chat-template", "/t.jinja")),
    "parsers": (
        "toolCallParser: qwen25, reasoningParser: qwen3",
        ("--tool-call-parser", "qwen25", "--reasoning-parser", "qwen3"),
    ),
}


@pytest.mark.parametrize(("serving", "words"), SERVING.values(), ids=SERVING)
def test_serving_is_mapped(serving: str, words: tuple[str, ...]) -> None:
    asked = sg(f"serving: {{{serving}}}")
    assert check(asked) == ()
    assert SGLANG.launch(asked).args == (*START, *words)


REFUSED = {
    "reranker": (sg("serving: {task: Rerank}"), "serving.task", "use engine.type: vllm, aphrodite, llamacpp"),
    "adapters": (
        sg("serving: {loraAdapters: [{name: a, model: b/c}]}"),
        "serving.loraAdapters",
        "use engine.type: vllm",
    ),
    "unknown parser": (sg("serving: {toolCallParser: nope}"), "serving.toolCallParser", "is one of auto"),
    "key": (sg("auth: {apiKeySecret: {name: a, key: b}}"), "auth.apiKeySecret", "writes it into its log"),
    "CPU": (sg(gpus=0), "engine.image", "set engine.image"),
    "AMD without its model": (sg(resource_name="amd.com/gpu"), "engine.version", "0.5.23-rocm720-mi30x"),
}


@pytest.mark.parametrize(("asked", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(asked: Ask, field: str, advice: str) -> None:
    (finding,) = check(asked)
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


def test_image_for_an_amd_gpu_is_named_by_its_tag_and_its_options_are_known() -> None:
    version = "0.5.23-rocm720-mi30x"
    asked = sg("engine: {type: sglang, args: [--nope]}", version=version, resource_name="amd.com/gpu")
    assert SGLANG.image(version, 1, "amd.com/gpu") == f"lmsysorg/sglang:v{version}"
    assert told(check(asked)) == [("UnknownOption", "engine.args[0]", True)]


def test_second_name_is_told_not_to_be_listed() -> None:
    assert told(check(sg("servedNames: [a, b]"))) == [("UnsupportedByEngine", "servedNames", False)]


@pytest.mark.parametrize("word", ["--model=a", "--api-key=a", "--ssl-keyfile=a", "--help"])
def test_what_has_a_field_or_ends_it_is_refused(word: str) -> None:
    asked = sg(f"engine: {{type: sglang, args: ['{word}']}}")
    assert told(SGLANG.check(asked)) == [("InvalidOption", "engine.args[0]", True)]


def test_running_requests_have_their_time_after_the_signal() -> None:
    drain = SGLANG.launch(sg("drainTimeoutSeconds: 90")).drain
    assert (drain.before_sigterm, drain.after_sigterm) == (5, 90)
