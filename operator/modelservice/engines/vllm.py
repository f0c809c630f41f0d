"""vLLM's OpenAI server, from 0.8 on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files
from math import prod

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import AMD, CPU, NVIDIA, accelerator, image_findings
from modelservice.engines.chat_template import template_files, template_path
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, EnvVar, File, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import from_secret, hub_env
from modelservice.engines.quantity import number_of
from modelservice.engines.routes import Route
from modelservice.engines.serving import EVERY_FIELD

PORT = 8000
OWN_FOLDER = "/etc/modelservice"
OWN_PYTHON = f"{OWN_FOLDER}/python"
CLOSING, GUARD = "vllm_closing.py", "vllm_guard.py"
REPOSITORIES = {NVIDIA: "vllm/vllm-openai", AMD: "vllm/vllm-openai-rocm", CPU: "vllm/vllm-openai-cpu"}

SERVED_NAMES = Flag("--served-model-name")
LISTEN = Flag("--port")
REVISION = Flag("--revision")
TENSOR_PARALLEL = Flag("--tensor-parallel-size")
MIDDLEWARE = Flag("--middleware")
SHUTDOWN = Flag("--shutdown-timeout", since=(0, 18, 0))
RUNNER = Flag("--runner", since=(0, 10, 1))
CONVERT = Flag("--convert", since=(0, 10, 1))
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
    # Until 0.9 it did nothing without --enable-reasoning.
    "reasoningParser": Flag("--reasoning-parser", since=(0, 9, 0)),
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
_ALWAYS = (Route.TOKENIZE, Route.DETOKENIZE, Route.MODELS)
ROUTES = {
    Task.GENERATE: (Route.CHAT, Route.COMPLETIONS, Route.RESPONSES, Route.MESSAGES, *_ALWAYS),
    Task.EMBED: (Route.EMBEDDINGS, Route.RERANK, Route.SCORE, *_ALWAYS),
    Task.RERANK: (Route.RERANK, Route.SCORE, *_ALWAYS),
    Task.CLASSIFY: (Route.CLASSIFY, *_ALWAYS),
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
CACHE_ENV = {
    "VLLM_CACHE_ROOT": "vllm",
    "TORCHINDUCTOR_CACHE_DIR": "inductor",
    "TRITON_CACHE_DIR": "triton",
    "CUDA_CACHE_PATH": "cuda",
    "FLASHINFER_WORKSPACE_BASE": "flashinfer",
}
GIB = 1024**3
CPU_KV_SPACE = "VLLM_CPU_KVCACHE_SPACE"
# On CPU vLLM takes 92 % of the node's memory for its cache unless one of these is said, and dies in a pod.
CPU_KV_OPTIONS = ("--kv-cache-memory-bytes", "--gpu-memory-utilization")


class Vllm:
    """`vllm serve`, the same command whatever entrypoint the image has."""

    type = EngineType.VLLM
    title = "vLLM"
    honours = EVERY_FIELD
    tasks = frozenset(TASKS)
    default_gpus = 1
    default_version = "0.32.0"

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        tag = f"v{version}" if version[0].isdigit() else version
        upstream = REPOSITORIES.get(accelerator(gpus, resource_name), REPOSITORIES[NVIDIA])
        return f"{repository or upstream}:{tag}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = _line(ask)
        return (
            *line.findings(_wishes(ask, line), RESERVED),
            *image_findings(ask, self.title, REPOSITORIES),
            *_parallel_findings(ask, line),
            *_adapter_findings(ask),
            *_middleware_findings(ask),
            *_config_findings(line),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        return Launch(
            command=("vllm", "serve"),
            args=(ask.model.argument, *line.words(_wishes(ask, line))),
            port=line.number("--port", PORT),
            env=_env(ask, line),
            files=_files(ask),
            routes=ROUTES[ask.spec.serving.task or Task.GENERATE],
            describes_itself_at=None if ask.spec.auth.api_key_secret else "/openapi.json",
            cache_env=CACHE_ENV,
            drain=_drain(ask, line),
            requests={"cpu": "2", "memory": "8Gi"},
            non_root=_non_root(ask, line),
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, "vLLM", "vllm")


def _wishes(ask: Ask, line: CommandLine) -> tuple[Wish, ...]:
    return (*_ours(ask, line), *_serving(ask))


def _ours(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    yield Wish(SERVED_NAMES, ask.served_names, "servedNames" if ask.spec.served_names else "")
    yield Wish(LISTEN, (str(PORT),))
    if ask.model.revision:
        yield Wish(REVISION, (ask.model.revision,))
    size = ask.gpus // _others(line)
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


def _others(line: CommandLine) -> int:
    """GPUs that one rank of tensor parallel stands for. Of data parallel only what runs in this pod counts."""
    data = line.number("--data-parallel-size-local", line.number("--data-parallel-size", 1))
    return max(1, prod(line.number(name, 1) for name in PARALLEL[1:3]) * data)


def _parallel_findings(ask: Ask, line: CommandLine) -> Iterable[Finding]:
    if ask.gpus == 0 or line.number("--nnodes", 1) > 1 or not line.says(*PARALLEL):
        return
    others = _others(line)
    needed = others * line.number("--tensor-parallel-size", max(1, ask.gpus // others))
    if needed == ask.gpus:
        return
    said = ", ".join(f"`{name}`" for name in PARALLEL if line.says(name))
    message = f"{said} need {needed} GPUs in one pod, and gpu.count gives {ask.gpus}: set gpu.count: {needed}."
    yield Finding(Reason.INVALID_OPTION, "gpu.count", message, refuses=needed > ask.gpus)


def _adapter_findings(ask: Ask) -> Iterable[Finding]:
    for adapter in ask.adapters:
        if adapter.model.revision:
            message = f"vLLM takes no revision of an adapter: write `{adapter.model.argument}` for `{adapter.name}`."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "serving.loraAdapters", message)
        if adapter.name in ask.served_names:
            message = f"`{adapter.name}` is a name of the model itself; give the adapter another one."
            yield Finding(Reason.INVALID_SPEC, "serving.loraAdapters", message)


def _middleware_findings(ask: Ask) -> Iterable[Finding]:
    """vLLM finds our files by PYTHONPATH, and the user's environment wins over ours."""
    paths = next((env.get("value") or "" for env in ask.spec.engine.env if env["name"] == "PYTHONPATH"), OWN_PYTHON)
    if OWN_PYTHON not in paths.split(":"):
        message = f"PYTHONPATH must hold `{OWN_PYTHON}`: write `{OWN_PYTHON}:{paths}`."
        yield Finding(Reason.INVALID_SPEC, "engine.env", message)


def _config_findings(line: CommandLine) -> Iterable[Finding]:
    """vLLM looks for the very word `--config`; of any other form it takes no notice and says nothing."""
    for spoken in line.args:
        if spoken.said.key == "--config" and spoken.said.words[0] != "--config":
            message = "vLLM reads no file unless `--config` and its path are two words: write them so."
            yield Finding(Reason.INVALID_OPTION, spoken.field, message)


def _files(ask: Ask) -> tuple[File, ...]:
    ours = (CLOSING, GUARD) if ask.spec.auth.api_key_secret else (CLOSING,)
    folder = files("modelservice.engines")
    middleware = [File(f"{OWN_PYTHON}/{name}", (folder / name).read_text()) for name in ours]
    return (*template_files(ask.spec.serving.chat_template), *middleware)


def _env(ask: Ask, line: CommandLine) -> tuple[EnvVar, ...]:
    env: list[EnvVar] = [*hub_env(ask)]
    env += [{"name": "VLLM_NO_USAGE_STATS", "value": "1"}, {"name": "DO_NOT_TRACK", "value": "1"}]
    env.append({"name": "PYTHONPATH", "value": OWN_PYTHON})
    key = ask.spec.auth.api_key_secret
    if key:
        env.append(from_secret("VLLM_API_KEY", key))
    if ask.gpus == 0 and not line.says(*CPU_KV_OPTIONS) and ask.spec.serving.gpu_memory_percent is None:
        env.append({"name": CPU_KV_SPACE, "value": str(_cpu_kv_gib(ask))})
    return tuple(env)


def _cpu_kv_gib(ask: Ask) -> int:
    """Four GiB, or a quarter of the memory limit where that is less; the variable takes whole GiB only."""
    limit = number_of((ask.spec.resources.get("limits") or {}).get("memory"))
    return max(1, min(4, int(limit / 4 / GIB))) if limit else 4


def _drain(ask: Ask, line: CommandLine) -> Drain:
    """An older vLLM drops running requests at SIGTERM, so it gets the signal only when their time is over."""
    seconds = line.number("--shutdown-timeout", ask.spec.drain_timeout_seconds)
    if line.says("--shutdown-timeout") or SHUTDOWN.known_to(line.version):
        return Drain(before_sigterm=min(5, seconds), after_sigterm=seconds)
    return Drain(before_sigterm=seconds, after_sigterm=0)


def _non_root(ask: Ask, line: CommandLine) -> int | None:
    """The NVIDIA image has had the user `vllm` with a writable home; nobody has shown it of the other two."""
    own = ask.spec.engine.image is not None or line.version is None
    proven = accelerator(ask.gpus, ask.resource_name) == NVIDIA and (line.version or (0, 0, 0)) >= (0, 32, 0)
    return 2000 if proven and not own else None


ENGINE = Vllm()
