"""NVIDIA's Triton server: an existing model repository, by the KServe protocol. It has no OpenAI route."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import advice
from modelservice.engines.accelerator import CPU, NVIDIA, image_findings
from modelservice.engines.command_line import CommandLine, Wish, command_line
from modelservice.engines.engine import Ask, Drain, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import hub_env

PORT = 8000
REPOSITORY = "nvcr.io/nvidia/tritonserver"
PUBLISHED = (NVIDIA, CPU)
"""One image for both."""

MODELS = Flag("--model-repository")
LISTEN = Flag("--http-port")
DRAIN = Flag("--exit-timeout-secs")
_KEY = "a key on the command line is open to all who may see pods"
RESERVED = {
    "--model-store": advice.MODEL,
    "--allow-http": advice.ONE_PORT,
    "--http-restricted-api": _KEY,
    "--grpc-restricted-protocol": _KEY,
    "--help": advice.HELP,
}
READY, ALIVE = "/v2/health/ready", "/v2/health/live"


class Triton:
    """`tritonserver`. What it serves and how stands in the repository, so nothing of `serving` reaches it."""

    type = EngineType.TRITON
    title = "Triton"
    honours: frozenset[str] = frozenset()
    tasks: frozenset[Task] = frozenset()
    default_gpus = 1
    default_version = "24.10"
    meters = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        """Releases are months; other images of the same month have another word at the end."""
        tag = version if "-" in version else f"{version}-py3"
        return f"{repository or REPOSITORY}:{tag}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        return (
            *_line(ask).findings(tuple(_wishes(ask)), RESERVED),
            *image_findings(ask, self.title, PUBLISHED),
            *_findings(ask),
        )

    def launch(self, ask: Ask) -> Launch:
        line = _line(ask)
        seconds = line.number(DRAIN.name, ask.spec.drain_timeout_seconds)
        return Launch(
            command=("tritonserver",),
            args=line.words(tuple(_wishes(ask))),
            port=line.number(LISTEN.name, PORT),
            env=hub_env(ask),
            startup_path=READY,
            ready_path=READY,
            live_path=ALIVE,
            # On a port of its own.
            metrics_path=None,
            open_ai_path=None,
            cache_env={"CUDA_CACHE_PATH": "cuda"},
            drain=Drain(before_sigterm=min(5, seconds), after_sigterm=seconds),
            requests={"cpu": "1", "memory": "4Gi"},
        )


def _line(ask: Ask) -> CommandLine:
    return command_line(ask.spec.engine, ask.version, Triton.title, "triton")


def _wishes(ask: Ask) -> Iterable[Wish]:
    yield Wish(MODELS, (ask.model.path,))
    yield Wish(LISTEN, (str(PORT),))
    yield Wish(DRAIN, (str(ask.spec.drain_timeout_seconds),))


def _findings(ask: Ask) -> Iterable[Finding]:
    if not ask.model.path and not ask.model.only:
        message = (
            "Triton serves a model repository that exists: name its folder, as `pvc://claim/path` or an absolute path, "
            "or use engine.type: vllm for a model of the hub."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "model", message)
    if ask.spec.served_names:
        message = "The models of a repository have their folders' names: remove servedNames."
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "servedNames", message)
    if ask.spec.auth.api_key_secret:
        message = (
            "Triton takes a key on its command line alone, open to all who may see pods: remove auth.apiKeySecret, and "
            "guard the Service by a NetworkPolicy or a gateway."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "auth.apiKeySecret", message)


ENGINE = Triton()
