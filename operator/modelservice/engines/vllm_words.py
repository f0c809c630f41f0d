"""What is said to vLLM, and to what descends from it: its flags, and who asks for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import prod

from modelservice.api.engine import Task
from modelservice.engines import advice
from modelservice.engines.chat_template import template_path
from modelservice.engines.command_line import CommandLine, Wish
from modelservice.engines.engine import Ask
from modelservice.engines.flag import Flag
from modelservice.engines.version import OLDEST, Version

PORT = 8000
SERVED_NAMES = Flag("--served-model-name")
LISTEN = Flag("--port")
REVISION = Flag("--revision")
TENSOR_PARALLEL = Flag("--tensor-parallel-size")
MIDDLEWARE = Flag("--middleware")
SHUTDOWN = Flag("--shutdown-timeout")
RUNNER = Flag("--runner")
CONVERT = Flag("--convert")
CHAT_TEMPLATE = Flag("--chat-template")
AUTO_TOOLS = Flag("--enable-auto-tool-choice")
TOOL_PARSER = Flag("--tool-call-parser")
ENABLE_LORA = Flag("--enable-lora")
LORA_MODULES = Flag("--lora-modules")
VALUES = {
    "contextLength": Flag("--max-model-len"),
    "maxConcurrentRequests": Flag("--max-num-seqs"),
    "maxBatchedTokens": Flag("--max-num-batched-tokens"),
    "quantization": Flag("--quantization"),
    "dtype": Flag("--dtype"),
    "reasoningParser": Flag("--reasoning-parser"),
}
SWITCHES = {
    "trustRemoteCode": (Flag("--trust-remote-code"), Flag("--no-trust-remote-code")),
    "prefixCaching": (Flag("--enable-prefix-caching"), Flag("--no-enable-prefix-caching")),
}
GPU_MEMORY = Flag("--gpu-memory-utilization")
TASKS = {
    Task.GENERATE: ((RUNNER, "generate"),),
    Task.EMBED: ((RUNNER, "pooling"), (CONVERT, "embed")),
    # A reranker has a scoring head of its own, which a conversion would replace.
    Task.RERANK: ((RUNNER, "pooling"),),
    Task.CLASSIFY: ((RUNNER, "pooling"), (CONVERT, "classify")),
}
# The model's parallel sizes; a replica needs a GPU for each element of their product.
PARALLEL = (
    "--tensor-parallel-size",
    "--pipeline-parallel-size",
    "--prefill-context-parallel-size",
    "--data-parallel-size",
)
RESERVED = {
    "--model": advice.MODEL,
    "--api-key": advice.KEY,
    "--hf-token": advice.TOKEN,
    "--uds": advice.ONE_PORT,
    "--grpc": advice.ONE_PORT,
    "--headless": advice.ONE_PORT,
    "--ssl-keyfile": advice.PLAIN_HTTP,
    "--ssl-certfile": advice.PLAIN_HTTP,
    "--help": advice.HELP,
}


def wishes(ask: Ask, line: CommandLine, late: Mapping[str, Version]) -> tuple[Wish, ...]:
    """All that we would say; `late` has the flags that were not always there."""
    asked = (*_ours(ask, line), *_serving(ask))
    return tuple(replace(wish, flag=Flag(wish.flag.name, late.get(wish.flag.name, OLDEST))) for wish in asked)


def _ours(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    yield Wish(SERVED_NAMES, ask.served_names, "servedNames" if ask.spec.served_names else "")
    yield Wish(LISTEN, (str(PORT),))
    if ask.model.revision:
        yield Wish(REVISION, (ask.model.revision,))
    size = ask.gpus // others(line)
    if size > 1:
        yield Wish(TENSOR_PARALLEL, (str(size),))
    yield Wish(MIDDLEWARE, ("vllm_closing.CloseAfterAnswer",))
    if ask.spec.auth.api_key_secret:
        yield Wish(MIDDLEWARE, ("vllm_guard.RequireKey",))
    yield Wish(SHUTDOWN, (str(ask.spec.drain_timeout_seconds),))


def _serving(ask: Ask) -> Iterable[Wish]:
    serving, said = ask.spec.serving, ask.spec.serving.manifest()
    if serving.task:
        yield from (Wish(flag, (value,), "serving.task") for flag, value in TASKS[serving.task])
    yield from (Wish(flag, (str(said[name]),), f"serving.{name}") for name, flag in VALUES.items() if name in said)
    if serving.gpu_memory_percent is not None:
        share = Decimal(serving.gpu_memory_percent) / 100
        yield Wish(GPU_MEMORY, (str(share),), "serving.gpuMemoryPercent")
    for name, (yes, no) in SWITCHES.items():
        if name in said:
            yield Wish(yes if said[name] else no, (), f"serving.{name}")
    if serving.chat_template is not None:
        yield Wish(CHAT_TEMPLATE, (template_path(serving.chat_template),), "serving.chatTemplate")
    if serving.tool_call_parser is not None:
        yield Wish(AUTO_TOOLS)
        yield Wish(TOOL_PARSER, (serving.tool_call_parser,), "serving.toolCallParser")
    if ask.adapters:
        modules = [json.dumps({"name": one.name, "path": one.model.argument}) for one in ask.adapters]
        yield Wish(ENABLE_LORA)
        yield Wish(LORA_MODULES, tuple(modules), "serving.loraAdapters")


def others(line: CommandLine) -> int:
    """GPUs that one rank of tensor parallel stands for. Of data parallel only what runs in this pod counts."""
    data = line.number("--data-parallel-size-local", line.number("--data-parallel-size", 1))
    return max(1, prod(line.number(name, 1) for name in PARALLEL[1:3]) * data)
