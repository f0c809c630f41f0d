"""Infinity: embeddings, reranking and classification. It finds out from the model which of them it does."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import CPU, NVIDIA, accelerator, image_findings
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, EnvVar, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import SILENT, from_secret, hub_env
from modelservice.engines.routes import Route

PORT = 8000
REPOSITORY = "michaelf34/infinity"
SUFFIXES = {NVIDIA: "", CPU: "-cpu"}

MODEL = Flag("--model-id")
SERVED_NAME = Flag("--served-model-name")
REVISION = Flag("--revision")
LISTEN = Flag("--port")
PREFIX = Flag("--url-prefix")
DEVICE = Flag("--device")
DEVICES = Flag("--device-id")
DTYPE = Flag("--dtype")
REMOTE_CODE = (Flag("--trust-remote-code"), Flag("--no-trust-remote-code"))
ROUTES = {
    Task.EMBED: (Route.EMBEDDINGS, Route.MODELS),
    Task.RERANK: (Route.RERANK, Route.MODELS),
    Task.CLASSIFY: (Route.CLASSIFY, Route.MODELS),
}
"""Its own description names all of them, whatever the model is for."""
RESERVED = {
    "--model-id": advice.MODEL,
    "--api-key": advice.KEY,
    "--url-prefix": advice.PREFIX,
    "--preload-only": "the engine would load the model and end",
    "--help": advice.HELP,
}
CACHE_ENV = {"TORCHINDUCTOR_CACHE_DIR": "inductor", "TRITON_CACHE_DIR": "triton", "CUDA_CACHE_PATH": "cuda"}


class Infinity:
    """`infinity_emb v2`, the same command whatever entrypoint the image has."""

    type = EngineType.INFINITY
    title = "Infinity"
    honours = frozenset({"task", "dtype", "trustRemoteCode"})
    tasks = frozenset(ROUTES)
    default_gpus = 1
    default_version = "0.0.78"
    meters = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        return f"{repository or REPOSITORY}:{version}{SUFFIXES.get(accelerator(gpus, resource_name), '')}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = _line(ask)
        return (
            *line.findings(tuple(_wishes(ask)), RESERVED),
            *image_findings(ask, self.title, SUFFIXES),
            *_name_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        seconds = ask.spec.drain_timeout_seconds
        return Launch(
            command=("infinity_emb", "v2"),
            args=line.words(tuple(_wishes(ask))),
            port=line.number("--port", PORT),
            env=_env(ask),
            routes=ROUTES[ask.spec.serving.task] if ask.spec.serving.task else (),
            cache_env=CACHE_ENV,
            # At SIGTERM it takes nothing new and finishes what runs; the pod's grace period ends it.
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "1", "memory": "4Gi"},
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, Infinity.title, "infinity")


def _wishes(ask: Ask) -> Iterable[Wish]:
    yield Wish(MODEL, (ask.model.argument,))
    yield Wish(SERVED_NAME, ask.served_names[:1], "servedNames" if ask.spec.served_names else "")
    if ask.model.revision:
        yield Wish(REVISION, (ask.model.revision,))
    yield Wish(LISTEN, (str(PORT),))
    yield Wish(PREFIX, ("/v1",))
    yield Wish(DEVICE, ("cuda" if ask.gpus else "cpu",))
    if ask.gpus > 1:
        # A copy of the model on each.
        yield Wish(DEVICES, (",".join(map(str, range(ask.gpus))),))
    serving = ask.spec.serving
    # Unless told, it runs code that comes with the model.
    field = "serving.trustRemoteCode" if serving.trust_remote_code is not None else ""
    yield Wish(REMOTE_CODE[0] if serving.trust_remote_code else REMOTE_CODE[1], (), field)
    if serving.dtype is not None:
        yield Wish(DTYPE, (serving.dtype,), "serving.dtype")


def _env(ask: Ask) -> tuple[EnvVar, ...]:
    key = ask.spec.auth.api_key_secret
    silent = {"name": "INFINITY_ANONYMOUS_USAGE_STATS", "value": "0"}
    return (*hub_env(ask), silent, SILENT, *((from_secret("INFINITY_API_KEY", key),) if key else ()))


def _name_findings(ask: Ask) -> Iterable[Finding]:
    if len(ask.spec.served_names) > 1:
        message = f"Infinity lists one name: `{ask.served_names[0]}`; it answers to the others all the same."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "servedNames", message, refuses=False)


ENGINE = Infinity()
