"""SGLang's OpenAI server, on NVIDIA GPUs, and on AMD ones by an image that is chosen by the GPU's model."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import AMD, NVIDIA, accelerator, image_findings
from modelservice.engines.chat_template import template_files, template_path
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import SILENT, hub_env
from modelservice.engines.meters import Meters
from modelservice.engines.routes import Route

PORT = 8000
REPOSITORY = "lmsysorg/sglang"
MODEL = Flag("--model-path")
SERVED_NAME = Flag("--served-model-name")
REVISION = Flag("--revision")
HOST = Flag("--host")
LISTEN = Flag("--port")
METRICS = Flag("--enable-metrics")
TENSOR_PARALLEL = Flag("--tp-size")
VALUES = {
    "contextLength": Flag("--context-length"),
    "maxConcurrentRequests": Flag("--max-running-requests"),
    "maxBatchedTokens": Flag("--chunked-prefill-size"),
    "quantization": Flag("--quantization"),
    "dtype": Flag("--dtype"),
    "toolCallParser": Flag("--tool-call-parser"),
    "reasoningParser": Flag("--reasoning-parser"),
}
GPU_MEMORY = Flag("--mem-fraction-static")
CHAT_TEMPLATE = Flag("--chat-template")
TASKS: dict[Task, tuple[Flag, ...]] = {Task.GENERATE: (), Task.EMBED: (Flag("--is-embedding"),)}
ROUTES = {
    Task.GENERATE: (Route.CHAT, Route.COMPLETIONS, Route.MODELS),
    Task.EMBED: (Route.EMBEDDINGS, Route.MODELS),
}
SWITCHES = {
    ("trustRemoteCode", True): Flag("--trust-remote-code"),
    ("prefixCaching", False): Flag("--disable-radix-cache"),
}
"""Each says something only when it is not the engine's own default."""
_KEY = "SGLang would write the key into its log"
RESERVED = {
    "--model-path": advice.MODEL,
    "--api-key": _KEY,
    "--admin-api-key": _KEY,
    "--ssl-keyfile": advice.PLAIN_HTTP,
    "--ssl-certfile": advice.PLAIN_HTTP,
    "--grpc-mode": advice.ONE_PORT,
    "--smg-grpc-mode": advice.ONE_PORT,
    "--help": advice.HELP,
}
METERS = Meters(
    running="sglang:num_running_reqs",
    waiting="sglang:num_queue_reqs",
    generated="sglang:generation_tokens_total",
    prompted="sglang:prompt_tokens_total",
    cache=("sglang:token_usage",),
    first_token="sglang:time_to_first_token_seconds",
)
CACHE_ENV = {
    "SGLANG_CACHE_DIR": "sglang",
    "TORCHINDUCTOR_CACHE_DIR": "inductor",
    "TRITON_CACHE_DIR": "triton",
    "CUDA_CACHE_PATH": "cuda",
    "FLASHINFER_WORKSPACE_BASE": "flashinfer",
}


class SGLang:
    """`python3 -m sglang.launch_server`, the same command whatever entrypoint the image has."""

    type = EngineType.SGLANG
    title = "SGLang"
    honours = frozenset({*VALUES, "task", "gpuMemoryPercent", "trustRemoteCode", "prefixCaching", "chatTemplate"})
    tasks = frozenset(TASKS)
    default_gpus = 1
    default_version = "0.5.23"
    meters = METERS

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        tag = f"v{version}" if version[0].isdigit() else version
        return f"{repository or REPOSITORY}:{tag}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = _line(ask)
        return (
            *line.findings(tuple(_wishes(ask, line)), RESERVED),
            *_image_findings(ask),
            *_name_findings(ask),
            *_key_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        seconds = ask.spec.drain_timeout_seconds
        return Launch(
            command=("python3", "-m", "sglang.launch_server"),
            args=line.words(tuple(_wishes(ask, line))),
            port=line.number("--port", PORT),
            env=(*hub_env(ask), SILENT),
            files=template_files(ask.spec.serving.chat_template),
            routes=ROUTES[ask.spec.serving.task or Task.GENERATE],
            describes_itself_at="/openapi.json",
            cache_env=CACHE_ENV,
            # After SIGTERM it finishes all that runs, however long that takes; the pod's grace period ends it.
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "2", "memory": "8Gi"},
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, SGLang.title, "sglang")


def _wishes(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    yield Wish(MODEL, (ask.model.argument,))
    yield Wish(SERVED_NAME, ask.served_names[:1], "servedNames" if ask.spec.served_names else "")
    if ask.model.revision:
        yield Wish(REVISION, (ask.model.revision,))
    yield Wish(HOST, ("0.0.0.0",))
    yield Wish(LISTEN, (str(PORT),))
    yield Wish(METRICS)
    size = ask.gpus // _others(line)
    if size > 1:
        yield Wish(TENSOR_PARALLEL, (str(size),))
    yield from _serving(ask)


def _others(line: CommandLine) -> int:
    """GPUs that one rank of tensor parallel stands for. Attention alone in data parallel shares the same GPUs."""
    shared = line.says("--enable-dp-attention", "--attn-dp-size")
    return max(1, line.number("--pp-size", 1) * (1 if shared else line.number("--dp-size", 1)))


def _serving(ask: Ask) -> Iterable[Wish]:
    serving, said = ask.spec.serving, ask.spec.serving.manifest()
    yield from (Wish(flag, (), "serving.task") for flag in TASKS.get(serving.task or Task.GENERATE, ()))
    yield from (Wish(flag, (str(said[name]),), f"serving.{name}") for name, flag in VALUES.items() if name in said)
    if serving.gpu_memory_percent is not None:
        share = Decimal(serving.gpu_memory_percent) / 100
        yield Wish(GPU_MEMORY, (str(share),), "serving.gpuMemoryPercent")
    yield from (
        Wish(flag, (), f"serving.{name}") for (name, value), flag in SWITCHES.items() if said.get(name) is value
    )
    if serving.chat_template is not None:
        yield Wish(CHAT_TEMPLATE, (template_path(serving.chat_template),), "serving.chatTemplate")


def _image_findings(ask: Ask) -> Iterable[Finding]:
    yield from image_findings(ask, SGLang.title, (NVIDIA, AMD))
    amd = accelerator(ask.gpus, ask.resource_name) == AMD
    if amd and ask.spec.engine.image is None and "-rocm" not in (ask.version or ""):
        message = (
            "SGLang's images for AMD are one for each model of GPU: name the whole tag, as in "
            f"`engine.version: {SGLang.default_version}-rocm720-mi30x`, or set engine.image."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "engine.version", message)


def _name_findings(ask: Ask) -> Iterable[Finding]:
    if len(ask.spec.served_names) > 1:
        message = f"SGLang lists one name: `{ask.served_names[0]}`; the others are not listed."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "servedNames", message, refuses=False)


def _key_findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.auth.api_key_secret:
        message = (
            "SGLang takes a key on its command line alone and writes it into its log: remove auth.apiKeySecret, or use "
            "engine.type: vllm or llamacpp."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "auth.apiKeySecret", message)


ENGINE = SGLang()
