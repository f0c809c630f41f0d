"""vLLM's command line, from a spec."""

from __future__ import annotations

import json

import pytest

from engine_asks import ask, told
from modelservice.api.engine import EngineType, Serving
from modelservice.engines import aphrodite, vllm, vllm_server, vllm_words
from modelservice.engines.catalogue import engine
from modelservice.engines.flag import Flag
from modelservice.engines.options import tables
from modelservice.engines.version import OLDEST

VLLM = engine(EngineType.VLLM)
NAMES = ["--served-model-name", "org/name", "qwen"]
CLOSING = ["--middleware", "vllm_closing.CloseAfterAnswer"]
DRAIN = ["--shutdown-timeout", "60"]


def test_command_is_explicit_and_the_model_comes_first() -> None:
    launch = VLLM.launch(ask())
    assert launch.command == ("vllm", "serve")
    assert list(launch.args) == ["org/name", *NAMES, "--port", "8000", *CLOSING, *DRAIN]
    assert launch.port == 8000


# What follows the names and the port, without how connections and the process end.
ARGS = {
    "revision": ("model: org/name@v1", 1, ["--revision", "v1"]),
    "one GPU": ("", 1, []),
    "four GPUs": ("", 4, ["--tensor-parallel-size", "4"]),
    "CPU": ("", 0, []),
    "pipeline parallel": (
        "engine: {args: [-pp, '2']}", 4, ["--tensor-parallel-size", "2", "-pp", "2"],
    ),
    "data parallel": (
        "engine: {options: {data_parallel_size: 4}}", 8, ["--tensor-parallel-size", "2", "--data-parallel-size", "4"],
    ),
    "data parallel takes all": ("engine: {args: [-dp=4]}", 4, ["-dp=4"]),
    "data parallel over nodes": (
        "engine: {args: [-dp, '8', -dpl, '2']}", 4, ["--tensor-parallel-size", "2", "-dp", "8", "-dpl", "2"],
    ),
    "tensor parallel said": ("engine: {args: [--tensor_parallel_size=4]}", 4, ["--tensor_parallel_size=4"]),
    "context": ("serving: {contextLength: 8192}", 1, ["--max-model-len", "8192"]),
    "concurrency": ("serving: {maxConcurrentRequests: 64}", 1, ["--max-num-seqs", "64"]),
    "batch": ("serving: {maxBatchedTokens: 4096}", 1, ["--max-num-batched-tokens", "4096"]),
    "quantization": ("serving: {quantization: awq_marlin}", 1, ["--quantization", "awq_marlin"]),
    "dtype": ("serving: {dtype: bfloat16}", 1, ["--dtype", "bfloat16"]),
    "memory": ("serving: {gpuMemoryPercent: 90}", 1, ["--gpu-memory-utilization", "0.9"]),
    "all memory": ("serving: {gpuMemoryPercent: 100}", 1, ["--gpu-memory-utilization", "1"]),
    "little memory": ("serving: {gpuMemoryPercent: 5}", 1, ["--gpu-memory-utilization", "0.05"]),
    "remote code": ("serving: {trustRemoteCode: true}", 1, ["--trust-remote-code"]),
    "no remote code": ("serving: {trustRemoteCode: false}", 1, ["--no-trust-remote-code"]),
    "prefix caching": ("serving: {prefixCaching: true}", 1, ["--enable-prefix-caching"]),
    "no prefix caching": ("serving: {prefixCaching: false}", 1, ["--no-enable-prefix-caching"]),
    "tools": (
        "serving: {toolCallParser: hermes}", 1, ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"],
    ),
    "reasoning": ("serving: {reasoningParser: qwen3}", 1, ["--reasoning-parser", "qwen3"]),
    "generate": ("serving: {task: Generate}", 1, ["--runner", "generate"]),
    "embed": ("serving: {task: Embed}", 1, ["--runner", "pooling", "--convert", "embed"]),
    "rerank": ("serving: {task: Rerank}", 1, ["--runner", "pooling"]),
    "classify": ("serving: {task: Classify}", 1, ["--runner", "pooling", "--convert", "classify"]),
    "template by path": ("serving: {chatTemplate: /etc/t.jinja}", 1, ["--chat-template", "/etc/t.jinja"]),
    "template by text": (
        "serving: {chatTemplate: '{{ messages }}'}", 1, ["--chat-template", "/etc/modelservice/chat-template.jinja"],
    ),
    "key": (
        "auth: {apiKeySecret: {name: a, key: b}}", 1, ["--middleware", "vllm_guard.RequireKey"],
    ),
    "key and a middleware of the user's": (
        "auth: {apiKeySecret: {name: a, key: b}}\nengine: {args: [--middleware, a.B]}", 1,
        ["--middleware", "vllm_guard.RequireKey", "--middleware", "a.B"],
    ),
    "the user's words last": (
        "engine: {args: [--seed, '1'], options: {enforce-eager: true}}", 1, ["--enforce-eager", "--seed", "1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "gpus", "words"), ARGS.values(), ids=ARGS)
def test_spec_becomes_arguments(text: str, gpus: int, words: list[str]) -> None:
    asked = ask(text, gpus)
    assert [finding for finding in VLLM.check(asked) if finding.refuses] == []
    args = list(VLLM.launch(asked).args)
    assert args[: len(NAMES) + 3] == ["org/name", *NAMES, "--port", "8000"]
    rest = args[len(NAMES) + 3 :]
    for ending in ("vllm_closing.CloseAfterAnswer", "--shutdown-timeout"):
        at = rest.index(ending) - (ending == CLOSING[1])
        del rest[at : at + 2]
    assert rest == words


def test_served_names_are_passed_as_they_are() -> None:
    args = VLLM.launch(ask("servedNames: [a, b]")).args
    assert args[1:4] == ("--served-model-name", "a", "b")


def test_adapters_are_served_from_where_they_are() -> None:
    text = "serving: {loraAdapters: [{name: sql, model: org/sql}, {name: 'a=b', model: pvc://lora/x}]}"
    args = list(VLLM.launch(ask(text)).args)
    begin = args.index("--enable-lora")
    assert args[begin + 1] == "--lora-modules"
    assert [json.loads(word) for word in args[begin + 2 :]] == [
        {"name": "sql", "path": "org/sql"},
        {"name": "a=b", "path": "/models/lora/x"},
    ]


def test_the_users_port_and_drain_hold_for_the_pod_too() -> None:
    launch = VLLM.launch(ask("engine: {args: [--port=9000, --shutdown-timeout, '300']}"))
    assert launch.port == 9000
    assert (launch.drain.before_sigterm, launch.drain.after_sigterm) == (5, 300)
    assert list(launch.args) == ["org/name", *NAMES, *CLOSING, "--port=9000", "--shutdown-timeout", "300"]


RESERVED = ["--model=a", "--api-key=k", "--hf-token=t", "--uds=/s", "--grpc", "--headless", "--ssl-keyfile=a", "--help"]


@pytest.mark.parametrize("word", RESERVED)
def test_option_that_has_a_field_or_breaks_the_service_is_refused(word: str) -> None:
    (finding,) = VLLM.check(ask(f"engine: {{args: ['{word}']}}"))
    assert told((finding,)) == [("InvalidOption", "engine.args[0]", True)]
    assert finding.message.startswith(f"`{word.partition('=')[0]}` does not belong here: ")


def test_reserved_option_is_refused_for_unknown_versions_too() -> None:
    assert told(VLLM.check(ask("engine: {args: [--api-key, k]}", version=None))) == [
        ("InvalidOption", "engine.args[0]", True)
    ]


PARALLEL = {
    "too many": ("engine: {args: [-tp, '8']}", 4, True, "need 8 GPUs in one pod, and gpu.count gives 4"),
    "product too large": ("engine: {args: [-tp=2, -pp=4]}", 4, True, "need 8 GPUs"),
    "does not divide": ("engine: {args: [-pp, '3']}", 4, False, "need 3 GPUs"),
    "some idle": ("engine: {args: [-tp, '1']}", 2, False, "need 1 GPUs"),
    "context parallel counts": ("engine: {args: [-tp=2, -pcp=2]}", 2, True, "need 4 GPUs"),
}


@pytest.mark.parametrize(("text", "gpus", "refuses", "message"), PARALLEL.values(), ids=PARALLEL)
def test_parallel_sizes_must_fit_the_gpus(text: str, gpus: int, refuses: bool, message: str) -> None:
    (finding,) = VLLM.check(ask(text, gpus))
    assert told((finding,)) == [("InvalidOption", "gpu.count", refuses)]
    assert message in finding.message


@pytest.mark.parametrize(
    ("text", "gpus"),
    [("engine: {args: [-tp, '2']}", 0), ("engine: {args: [-tp=8, --nnodes=2]}", 4), ("", 3)],
    ids=["CPU", "over nodes", "nothing said"],
)
def test_parallel_sizes_are_not_judged(text: str, gpus: int) -> None:
    assert VLLM.check(ask(text, gpus)) == ()


def test_adapter_with_a_revision_is_refused() -> None:
    (finding,) = VLLM.check(ask("serving: {loraAdapters: [{name: a, model: org/a@v1}]}"))
    assert told((finding,)) == [("UnsupportedByEngine", "serving.loraAdapters", True)]


def test_adapter_may_not_bear_the_models_name() -> None:
    (finding,) = VLLM.check(ask("serving: {loraAdapters: [{name: qwen, model: org/a}]}"))
    assert told((finding,)) == [("InvalidSpec", "serving.loraAdapters", True)]


MISFITS = {
    "no such type": ("serving: {dtype: fp16}", "serving.dtype", "becomes `--dtype`, which is one of auto, "),
    "no such method": ("serving: {quantization: awk}", "serving.quantization", "and `awk` is given."),
    "no such tool parser": ("serving: {toolCallParser: hermit}", "serving.toolCallParser", "and `hermit` is given."),
    "no such reasoning parser": ("serving: {reasoningParser: qwen}", "serving.reasoningParser", "and `qwen` is given."),
    "no such method, said": (
        "engine: {options: {quantization: awk}}",
        "engine.options.quantization",
        "`awk` is given.",
    ),
    "like an option": ("serving: {quantization: --x}", "serving.quantization", "becomes `--quantization`, which needs"),
    "name like an option": ("servedNames: [--x]", "servedNames", "becomes `--served-model-name`, which needs a value."),
}


@pytest.mark.parametrize(("text", "field", "message"), MISFITS.values(), ids=MISFITS)
def test_field_that_the_engine_would_not_take_is_refused(text: str, field: str, message: str) -> None:
    findings = [finding for finding in VLLM.check(ask(text)) if finding.refuses]
    assert told(tuple(findings[:1])) == [("InvalidOption", field, True)]
    assert message in findings[0].message


def test_field_that_another_version_may_take_only_warns() -> None:
    assert told(VLLM.check(ask("serving: {dtype: fp16}", version="0.31.0"))) == [
        ("InvalidOption", "serving.dtype", False)
    ]


TAKEN = {
    "method in capitals": "serving: {quantization: FP8}",
    "method of a plugin": "serving: {quantization: bitsandbytes}",
    "tool parser of a plugin": "{serving: {toolCallParser: mine}, engine: {options: {tool-parser-plugin: /a.py}}}",
    "the same in words": "engine: {args: [--tool-call-parser, mine, --tool_parser_plugin=/a.py]}",
    "reasoning parser of one": "{serving: {reasoningParser: mine}, engine: {args: [--reasoning-parser-plugin=x]}}",
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_value_that_vllm_or_a_plugin_of_it_knows_is_taken(text: str) -> None:
    assert VLLM.check(ask(text)) == ()


def test_config_file_that_vllm_would_overlook_is_refused() -> None:
    (finding,) = VLLM.check(ask("engine: {args: [--config=/a.yaml]}"))
    assert told((finding,)) == [("InvalidOption", "engine.args[0]", True)]
    assert "two words" in finding.message


@pytest.mark.parametrize("said", ["args: [--config, /a.yaml]", "options: {config: /a.yaml}"])
def test_config_file_is_passed_on(said: str) -> None:
    asked = ask(f"engine: {{{said}}}")
    assert VLLM.check(asked) == ()
    assert VLLM.launch(asked).args[-2:] == ("--config", "/a.yaml")


VERSIONS = {
    "0.32.0": (["--shutdown-timeout", "90"], 5, 90),
    "0.18.0": (["--shutdown-timeout", "90"], 5, 90),
    "0.17.1": ([], 90, 0),
    None: ([], 90, 0),
}


@pytest.mark.parametrize(
    ("version", "words", "before", "after"), [(key, *row) for key, row in VERSIONS.items()], ids=map(str, VERSIONS)
)
def test_drain_is_the_engines_own_where_it_has_one(
    version: str | None, words: list[str], before: int, after: int
) -> None:
    launch = VLLM.launch(ask("drainTimeoutSeconds: 90", version=version))
    assert list(launch.args)[6:] == [*CLOSING, *words]
    assert (launch.drain.before_sigterm, launch.drain.after_sigterm) == (before, after)


def test_no_drain_means_no_sleep() -> None:
    launch = VLLM.launch(ask("drainTimeoutSeconds: 0"))
    assert (launch.drain.before_sigterm, launch.drain.after_sigterm) == (0, 0)
    assert launch.args[-2:] == ("--shutdown-timeout", "0")


def test_task_is_refused_for_a_version_without_it() -> None:
    findings = VLLM.check(ask("serving: {task: Embed}", version="0.9.2"))
    assert told(findings) == [("UnsupportedByEngine", "serving.task", True)] * 2


ALL_FLAGS = [value for value in vars(vllm_words).values() if isinstance(value, Flag)]
ALL_FLAGS += [*vllm_words.VALUES.values(), *(flag for pair in vllm_words.SWITCHES.values() for flag in pair)]
FAMILY = pytest.mark.parametrize("server", [vllm.ENGINE, aphrodite.ENGINE], ids=lambda server: server.title)


@FAMILY
@pytest.mark.parametrize("name", [flag.name for flag in ALL_FLAGS])
def test_flag_that_we_emit_is_real(server: vllm_server.VllmServer, name: str) -> None:
    (table,) = tables(server.type)
    assert name in table.by_name
    assert Flag(name, server.late.get(name, OLDEST)).known_to(table.version)


@FAMILY
@pytest.mark.parametrize("name", [*vllm_words.RESERVED, *vllm_words.PARALLEL, *vllm_server.CPU_KV_OPTIONS])
def test_option_that_we_ask_for_is_the_name_that_stands_for_its_aliases(
    server: vllm_server.VllmServer, name: str
) -> None:
    (table,) = tables(server.type)
    assert table.by_name[name].name == name


FIELDS = {
    "task": "Generate",
    "contextLength": 1,
    "maxConcurrentRequests": 1,
    "maxBatchedTokens": 1,
    "quantization": "fp8",
    "dtype": "half",
    "gpuMemoryPercent": 1,
    "trustRemoteCode": True,
    "prefixCaching": True,
    "chatTemplate": "/t",
    "toolCallParser": "hermes",
    "reasoningParser": "qwen3",
    "loraAdapters": [{"name": "a", "model": "org/a"}],
}


def test_every_field_of_serving_is_tried() -> None:
    assert {field.alias for field in Serving.model_fields.values()} == set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_field_of_serving_is_honoured(field: str) -> None:
    asked = ask(json.dumps({"serving": {field: FIELDS[field]}}))
    assert VLLM.check(asked) == ()
    assert len(VLLM.launch(asked).args) > len(VLLM.launch(ask()).args)
