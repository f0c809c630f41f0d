"""llama.cpp's server: one GGUF file, on CPU as well as on GPUs."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import AMD, CPU, INTEL, NVIDIA, accelerator, image_findings
from modelservice.engines.chat_template import template_files, template_path
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, EnvVar, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import from_secret, hub_env
from modelservice.engines.meters import Meters
from modelservice.engines.quantity import whole_cores
from modelservice.engines.routes import Route

PORT = 8000
REPOSITORY = "ghcr.io/ggml-org/llama.cpp"
VARIANTS = {CPU: "server", NVIDIA: "server-cuda", AMD: "server-rocm", INTEL: "server-intel"}
SLOTS = 4
"""Its own number of requests at once, where nobody says another."""

MODEL = Flag("--model")
HUB = Flag("--hf-repo")
ALIAS = Flag("--alias")
HOST = Flag("--host")
LISTEN = Flag("--port")
METRICS = Flag("--metrics")
GPU_LAYERS = Flag("--gpu-layers")
THREADS = Flag("--threads")
OFFLINE = Flag("--offline")
SLOT_COUNT = Flag("--parallel")
CONTEXT = Flag("--ctx-size")
BATCH = Flag("--batch-size")
MICRO_BATCH = Flag("--ubatch-size")
CACHE = (Flag("--cache-prompt"), Flag("--no-cache-prompt"))
CHAT_TEMPLATE = Flag("--chat-template-file")
REASONING = Flag("--reasoning-format")
TASKS: dict[Task, tuple[Flag, ...]] = {
    Task.GENERATE: (),
    Task.EMBED: (Flag("--embedding"),),
    Task.RERANK: (Flag("--reranking"),),
}
_ALWAYS = (Route.TOKENIZE, Route.DETOKENIZE, Route.MODELS)
ROUTES = {
    Task.GENERATE: (Route.CHAT, Route.COMPLETIONS, Route.RESPONSES, Route.MESSAGES, *_ALWAYS),
    Task.EMBED: (Route.EMBEDDINGS, *_ALWAYS),
    Task.RERANK: (Route.RERANK, *_ALWAYS),
}
METERS = Meters(
    running="llamacpp:requests_processing",
    waiting="llamacpp:requests_deferred",
    generated="llamacpp:tokens_predicted_total",
    prompted="llamacpp:prompt_tokens_total",
    cache=("llamacpp:kv_cache_usage_ratio",),
)
"""It has counted an answer's tokens only when the answer is done, and told of its cache until mid-2025."""
ALL_LAYERS = "999"
"""More than any model has. Every version knows a number; `all` came late."""
_ENDS = "the engine would print something and end"
RESERVED = {
    "--model": advice.MODEL,
    "--model-url": advice.MODEL,
    "--docker-repo": advice.MODEL,
    "--hf-repo": advice.MODEL,
    "--hf-token": advice.TOKEN,
    "--api-key": advice.KEY,
    "--api-prefix": advice.PREFIX,
    "--ssl-key-file": advice.PLAIN_HTTP,
    "--ssl-cert-file": advice.PLAIN_HTTP,
    **dict.fromkeys(("--help", "--version", "--cache-list", "--completion-bash", "--list-devices"), _ENDS),
}


class LlamaCpp:
    """`/app/llama-server`, as it lies in the project's own images."""

    type = EngineType.LLAMACPP
    title = "llama.cpp"
    honours = frozenset(
        {
            *("task", "contextLength", "maxConcurrentRequests", "maxBatchedTokens", "quantization"),
            *("prefixCaching", "chatTemplate", "reasoningParser"),
        }
    )
    tasks = frozenset(TASKS)
    default_gpus = 0
    default_version = "0.7.0"
    meters = METERS

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        """Releases are tagged `server-v0.7.0`, single builds `server-b9603`."""
        tag = f"v{version}" if version[0].isdigit() else version
        return f"{repository or REPOSITORY}:{VARIANTS.get(accelerator(gpus, resource_name), VARIANTS[CPU])}-{tag}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = _line(ask)
        return (
            *line.findings(tuple(_wishes(ask, line)), RESERVED),
            *image_findings(ask, self.title, VARIANTS),
            *_model_findings(ask),
            *_name_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        return Launch(
            command=("/app/llama-server",),
            args=line.words(tuple(_wishes(ask, line))),
            port=line.number("--port", PORT),
            env=_env(ask),
            files=template_files(ask.spec.serving.chat_template),
            routes=ROUTES[ask.spec.serving.task or Task.GENERATE],
            # At SIGTERM it stops answering at once, streams included: it is sent when their time is over.
            drain=Drain(before_sigterm=ask.spec.drain_timeout_seconds, after_sigterm=0),
            requests={"cpu": "1", "memory": "2Gi"},
            non_root=_non_root(ask),
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, LlamaCpp.title, "llamacpp")


def _wishes(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    if ask.model.hub:
        yield Wish(HUB, (_with_quantization(ask),), "serving.quantization" if ask.spec.serving.quantization else "")
    else:
        yield Wish(MODEL, (ask.model.argument,))
    yield Wish(ALIAS, (",".join(ask.served_names),), "servedNames" if ask.spec.served_names else "")
    yield Wish(HOST, ("0.0.0.0",))
    yield Wish(LISTEN, (str(PORT),))
    yield Wish(METRICS)
    if ask.gpus:
        yield Wish(GPU_LAYERS, (ALL_LAYERS,))
    elif threads := whole_cores(ask.spec.resources):
        # It counts the node's cores, not those that the container may use, and is slow when it may use fewer.
        yield Wish(THREADS, (str(threads),))
    if ask.offline:
        yield Wish(OFFLINE)
    yield from _sizes(ask, line)
    yield from _serving(ask)


def _sizes(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    """The context is shared by the slots, so it is as many times as large as one request's."""
    serving = ask.spec.serving
    slots = line.number("--parallel", serving.max_concurrent_requests or SLOTS)
    if serving.max_concurrent_requests:
        yield Wish(SLOT_COUNT, (str(slots),), "serving.maxConcurrentRequests")
    elif serving.context_length:
        yield Wish(SLOT_COUNT, (str(slots),))
    if serving.context_length:
        yield Wish(CONTEXT, (str(serving.context_length * slots),), "serving.contextLength")
    # A text is embedded in one step: one that is longer than the step is answered with 500.
    at_once = serving.context_length if serving.task in (Task.EMBED, Task.RERANK) else None
    step = serving.max_batched_tokens or at_once
    if step:
        yield Wish(BATCH, (str(step),), "serving.maxBatchedTokens" if serving.max_batched_tokens else "")
    if step and at_once:
        yield Wish(MICRO_BATCH, (str(step),))


def _serving(ask: Ask) -> Iterable[Wish]:
    serving = ask.spec.serving
    for flag in TASKS.get(serving.task or Task.GENERATE, ()):
        yield Wish(flag, (), "serving.task")
    if serving.prefix_caching is not None:
        yield Wish(CACHE[0] if serving.prefix_caching else CACHE[1], (), "serving.prefixCaching")
    if serving.chat_template is not None:
        yield Wish(CHAT_TEMPLATE, (template_path(serving.chat_template),), "serving.chatTemplate")
    if serving.reasoning_parser is not None:
        yield Wish(REASONING, (serving.reasoning_parser,), "serving.reasoningParser")


def _with_quantization(ask: Ask) -> str:
    """`org/name:Q8_0` takes that file of a repository, which has one for each quantisation."""
    quantization = ask.spec.serving.quantization
    return f"{ask.model.argument}:{quantization}" if quantization else ask.model.argument


def _model_findings(ask: Ask) -> Iterable[Finding]:
    if ask.model.revision:
        message = f"llama.cpp takes no revision from the hub: write `{ask.model.argument}`, or a file on a claim."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "model", message)
    if ask.model.path and not ask.model.path.endswith(".gguf"):
        named = (
            "alone in modelSource.include, as in `[model.gguf]`"
            if ask.model.fetch
            else f"as in `{ask.spec.model}/model.gguf`"
        )
        message = f"llama.cpp loads one GGUF file: name it, {named}."
        yield Finding(Reason.INVALID_SPEC, "model", message)
    if ask.model.path and ask.spec.serving.quantization:
        message = "A GGUF file has its quantisation in itself: remove serving.quantization."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "serving.quantization", message)


def _name_findings(ask: Ask) -> Iterable[Finding]:
    for name in ask.served_names:
        if "," in name:
            message = f"`{name}`: llama.cpp parts its names at commas; take a name without one."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "servedNames", message)


def _env(ask: Ask) -> tuple[EnvVar, ...]:
    key = ask.spec.auth.api_key_secret
    return (*hub_env(ask), *((from_secret("LLAMA_API_KEY", key),) if key else ()))


def _non_root(ask: Ask) -> int | None:
    """It writes nothing but its cache. An AMD or Intel GPU belongs to a group of the node's."""
    own = ask.spec.engine.image is not None or ask.version is None
    return 1000 if not own and accelerator(ask.gpus, ask.resource_name) in (CPU, NVIDIA) else None


ENGINE = LlamaCpp()
