"""TGI, Hugging Face's text-generation-inference, from 3.2 on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import AMD, CPU, GAUDI, INTEL, NVIDIA, accelerator, image_findings
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, EnvVar, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import SILENT, hub_env
from modelservice.engines.meters import Meters
from modelservice.engines.routes import Route

PORT = 8000
REPOSITORY = "ghcr.io/huggingface/text-generation-inference"
SUFFIXES = {NVIDIA: "", AMD: "-rocm", INTEL: "-intel-xpu", CPU: "-intel-cpu", GAUDI: "-gaudi"}

MODEL = Flag("--model-id")
REVISION = Flag("--revision")
HOST = Flag("--hostname")
LISTEN = Flag("--port")
SHARDS = Flag("--num-shard")
REPORTS = Flag("--usage-stats")
DRAIN = Flag("--graceful-termination-timeout")
VALUES = {
    "contextLength": Flag("--max-total-tokens"),
    "maxConcurrentRequests": Flag("--max-batch-size"),
    "maxBatchedTokens": Flag("--max-batch-prefill-tokens"),
    "quantization": Flag("--quantize"),
    "dtype": Flag("--dtype"),
}
GPU_MEMORY = Flag("--cuda-memory-fraction")
REMOTE_CODE = Flag("--trust-remote-code")
LORA = Flag("--lora-adapters")
ROUTES = (Route.CHAT, Route.COMPLETIONS, Route.TOKENIZE, Route.MODELS)
_KEY = "TGI would write the key into its log"
RESERVED = {
    "--model-id": advice.MODEL,
    "--api-key": _KEY,
    "--ngrok": advice.ONE_PORT,
    "--huggingface-hub-cache": "write `cache.mountPath`",
    "--help": advice.HELP,
    "--version": advice.HELP,
}
CACHE_ENV = {"TRITON_CACHE_DIR": "triton", "TORCHINDUCTOR_CACHE_DIR": "inductor", "CUDA_CACHE_PATH": "cuda"}


class Tgi:
    """`text-generation-launcher`: the image's entrypoint would part words at their spaces."""

    type = EngineType.TGI
    title = "TGI"
    honours = frozenset({*VALUES, "task", "gpuMemoryPercent", "trustRemoteCode", "prefixCaching", "loraAdapters"})
    tasks = frozenset({Task.GENERATE})
    default_gpus = 1
    default_version = "3.3.7"
    meters = Meters(
        running="tgi_batch_current_size",
        waiting="tgi_queue_size",
        # Its tokens are counted as sums of histograms alone.
        generated="tgi_request_generated_tokens_sum",
        prompted="tgi_request_input_length_sum",
    )

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        suffix = SUFFIXES.get(accelerator(gpus, resource_name), "")
        return f"{repository or REPOSITORY}:{version.removesuffix(suffix)}{suffix}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = _line(ask)
        return (
            *line.findings(tuple(_wishes(ask, line)), RESERVED),
            *image_findings(ask, self.title, SUFFIXES),
            *_name_findings(ask),
            *_adapter_findings(ask),
            *_key_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        seconds = line.number(DRAIN.name, ask.spec.drain_timeout_seconds)
        return Launch(
            command=("text-generation-launcher",),
            args=line.words(tuple(_wishes(ask, line))),
            port=line.number("--port", PORT),
            env=_env(ask),
            routes=ROUTES,
            describes_itself_at="/api-doc/openapi.json",
            # Its router reads this older name alone.
            model_env={"HUGGINGFACE_HUB_CACHE": ""},
            cache_env=CACHE_ENV,
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "2", "memory": "8Gi"},
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, Tgi.title, "tgi")


def _wishes(ask: Ask, line: CommandLine) -> Iterable[Wish]:
    yield Wish(MODEL, (ask.model.argument,))
    if ask.model.revision:
        yield Wish(REVISION, (ask.model.revision,))
    # Unless told it takes HOSTNAME, the pod's name.
    yield Wish(HOST, ("0.0.0.0",))
    yield Wish(LISTEN, (str(PORT),))
    if line.value("--sharded") != "false":
        yield Wish(SHARDS, (str(max(1, ask.gpus)),))
    yield Wish(REPORTS, ("off",))
    yield Wish(DRAIN, (str(ask.spec.drain_timeout_seconds),))
    yield from _serving(ask)


def _serving(ask: Ask) -> Iterable[Wish]:
    serving, said = ask.spec.serving, ask.spec.serving.manifest()
    yield from (Wish(flag, (str(said[name]),), f"serving.{name}") for name, flag in VALUES.items() if name in said)
    if serving.gpu_memory_percent is not None:
        share = Decimal(serving.gpu_memory_percent) / 100
        yield Wish(GPU_MEMORY, (str(share),), "serving.gpuMemoryPercent")
    if serving.trust_remote_code:
        yield Wish(REMOTE_CODE, (), "serving.trustRemoteCode")
    if ask.adapters:
        modules = ",".join(f"{one.name}={one.model.argument}" for one in ask.adapters)
        yield Wish(LORA, (modules,), "serving.loraAdapters")


def _env(ask: Ask) -> tuple[EnvVar, ...]:
    env: list[EnvVar] = [*hub_env(ask), SILENT]
    prefixes = ask.spec.serving.prefix_caching
    if prefixes is not None:
        env.append({"name": "PREFIX_CACHING", "value": "1" if prefixes else "0"})
    if ask.gpus > 1 and accelerator(ask.gpus, ask.resource_name) == GAUDI:
        # As the image's entrypoint does it.
        env.append({"name": "PT_HPU_ENABLE_LAZY_COLLECTIVES", "value": "1"})
    return tuple(env)


def _name_findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.served_names:
        message = f"TGI lists `{ask.model.argument}` alone, and answers whatever name a client sends: remove it."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "servedNames", message, refuses=False)


def _adapter_findings(ask: Ask) -> Iterable[Finding]:
    for adapter in ask.adapters:
        if not adapter.model.path:
            message = f"TGI loads `{adapter.name}` from a folder alone: name one as `pvc://claim/path`."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "serving.loraAdapters", message)
        if set("=@,") & set(adapter.name + adapter.model.argument):
            message = f"`{adapter.name}`: TGI parts adapters at `=`, `@` and `,`; take a name and a path without them."
            yield Finding(Reason.INVALID_SPEC, "serving.loraAdapters", message)


def _key_findings(ask: Ask) -> Iterable[Finding]:
    if ask.spec.auth.api_key_secret:
        message = (
            "TGI writes the key into its log and does not tell capitals from small letters in it: remove "
            "auth.apiKeySecret, or use engine.type: vllm, aphrodite or llamacpp."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "auth.apiKeySecret", message)


ENGINE = Tgi()
