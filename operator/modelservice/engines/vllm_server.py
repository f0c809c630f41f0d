"""vLLM's OpenAI server, and what descends from it: the same command line and routes under other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.engines.accelerator import NVIDIA, accelerator, image_findings
from modelservice.engines.chat_template import template_files
from modelservice.engines.command_line import CommandLine, command_line
from modelservice.engines.engine import Ask, Drain, EnvVar, File, Launch
from modelservice.engines.flag import Flag
from modelservice.engines.hub_env import SILENT, from_secret, hub_env
from modelservice.engines.meters import Meters, of_vllm
from modelservice.engines.quantity import number_of
from modelservice.engines.routes import Route
from modelservice.engines.serving import EVERY_FIELD
from modelservice.engines.version import Version
from modelservice.engines.vllm_findings import OWN_PYTHON, combined
from modelservice.engines.vllm_words import PORT, RESERVED, SHUTDOWN, TASKS, wishes

CLOSING, GUARD = "vllm_closing.py", "vllm_guard.py"
_ALWAYS = (Route.TOKENIZE, Route.DETOKENIZE, Route.MODELS)
ROUTES = {
    Task.GENERATE: (Route.CHAT, Route.COMPLETIONS, Route.RESPONSES, Route.MESSAGES, *_ALWAYS),
    Task.EMBED: (Route.EMBEDDINGS, Route.RERANK, Route.SCORE, *_ALWAYS),
    Task.RERANK: (Route.RERANK, Route.SCORE, *_ALWAYS),
    Task.CLASSIFY: (Route.CLASSIFY, *_ALWAYS),
}
CACHE_ENV = {
    "TORCHINDUCTOR_CACHE_DIR": "inductor",
    "TRITON_CACHE_DIR": "triton",
    "CUDA_CACHE_PATH": "cuda",
    "FLASHINFER_WORKSPACE_BASE": "flashinfer",
}
GIB = 1024**3
# On CPU it takes 92 % of the node's memory for its cache unless one of these is said, and dies in a pod.
CPU_KV_OPTIONS = ("--kv-cache-memory-bytes", "--gpu-memory-utilization")


@dataclass(frozen=True)
class VllmServer:
    """`<program> serve`, the same command whatever entrypoint the image has."""

    type: EngineType
    title: str
    program: str
    """Its own variables begin with it, in capitals."""
    default_version: str
    repositories: Mapping[str, str]
    """By accelerator."""
    late: Mapping[str, Version]
    """Flag -> the first version that has it, where an older one is still met."""
    users: Mapping[str, tuple[Version, int]]
    """Accelerator -> the version from which its image is proven to run as that user."""

    honours: ClassVar[frozenset[str]] = EVERY_FIELD
    tasks: ClassVar[frozenset[Task]] = frozenset(TASKS)
    default_gpus: ClassVar[int] = 1

    @property
    def meters(self) -> Meters:
        return of_vllm(self.program)

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        tag = f"v{version}" if version[0].isdigit() else version
        upstream = self.repositories.get(accelerator(gpus, resource_name), self.repositories[NVIDIA])
        return f"{repository or upstream}:{tag}"

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        line = self._line(ask)
        return (
            *line.findings(wishes(ask, line, self.late), RESERVED),
            *image_findings(ask, self.title, self.repositories),
            *combined(ask, line, self.title),
        )

    def launch(self, ask: Ask) -> Launch:
        line = self._line(ask)
        return Launch(
            command=(self.program, "serve"),
            args=(ask.model.argument, *line.words(wishes(ask, line, self.late))),
            port=line.number("--port", PORT),
            env=self._env(ask, line),
            files=_files(ask),
            routes=ROUTES[ask.spec.serving.task or Task.GENERATE],
            describes_itself_at=None if ask.spec.auth.api_key_secret else "/openapi.json",
            cache_env={self._variable("CACHE_ROOT"): self.program, **CACHE_ENV},
            drain=self._drain(ask, line),
            requests={"cpu": "2", "memory": "8Gi"},
            non_root=self._non_root(ask, line),
        )

    def _line(self, ask: Ask) -> CommandLine:
        return command_line(ask.spec.engine, ask.version, self.title, self.type)

    def _variable(self, name: str) -> str:
        return f"{self.program.upper()}_{name}"

    def _env(self, ask: Ask, line: CommandLine) -> tuple[EnvVar, ...]:
        env: list[EnvVar] = [*hub_env(ask)]
        env += [{"name": self._variable("NO_USAGE_STATS"), "value": "1"}, SILENT]
        env.append({"name": "PYTHONPATH", "value": OWN_PYTHON})
        key = ask.spec.auth.api_key_secret
        if key:
            env.append(from_secret(self._variable("API_KEY"), key))
        if ask.gpus == 0 and not line.says(*CPU_KV_OPTIONS) and ask.spec.serving.gpu_memory_percent is None:
            env.append({"name": self._variable("CPU_KVCACHE_SPACE"), "value": str(_cpu_kv_gib(ask))})
        return tuple(env)

    def _drain(self, ask: Ask, line: CommandLine) -> Drain:
        """An older one drops running requests at SIGTERM, so it gets the signal only when their time is over."""
        seconds = line.number(SHUTDOWN.name, ask.spec.drain_timeout_seconds)
        if line.says(SHUTDOWN.name) or Flag(SHUTDOWN.name, self.late[SHUTDOWN.name]).known_to(line.version):
            return Drain(before_sigterm=min(5, seconds), after_sigterm=seconds)
        return Drain(before_sigterm=seconds, after_sigterm=0)

    def _non_root(self, ask: Ask, line: CommandLine) -> int | None:
        proven = self.users.get(accelerator(ask.gpus, ask.resource_name))
        if proven is None or ask.spec.engine.image is not None or line.version is None:
            return None
        since, user = proven
        return user if line.version >= since else None


def _files(ask: Ask) -> tuple[File, ...]:
    ours = (CLOSING, GUARD) if ask.spec.auth.api_key_secret else (CLOSING,)
    folder = files("modelservice.engines")
    middleware = [File(f"{OWN_PYTHON}/{name}", (folder / name).read_text()) for name in ours]
    return (*template_files(ask.spec.serving.chat_template), *middleware)


def _cpu_kv_gib(ask: Ask) -> int:
    """Four GiB, or a quarter of the memory limit where that is less; the variable takes whole GiB only."""
    limit = number_of((ask.spec.resources.get("limits") or {}).get("memory"))
    return max(1, min(4, int(limit / 4 / GIB))) if limit else 4
