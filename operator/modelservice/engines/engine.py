"""What an engine is to the rest of the house: a table of facts and two functions, `launch` and `check`.

`render` builds the same pod for every engine from what `launch` answers; no code outside this package asks which
engine it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.spec import ModelServiceSpec
from modelservice.engines.meters import Meters
from modelservice.engines.routes import Route
from modelservice.facts.model import Located

EnvVar = Mapping[str, Any]
"""An environment variable as a container has it."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter and where it is."""

    name: str
    model: Located


@dataclass(frozen=True, slots=True)
class Ask:
    """All that an engine is told: the effective spec (defaults laid under it), and what was resolved outside it."""

    name: str
    spec: ModelServiceSpec
    model: Located
    served_names: tuple[str, ...]
    gpus: int
    version: str | None
    """None: an image of unknown version."""
    resource_name: str = "nvidia.com/gpu"
    offline: bool = False
    adapters: tuple[Adapter, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A small file that the engine needs in its container, rendered as a ConfigMap."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Drain:
    """How running requests come to their end: seconds asleep before SIGTERM, and seconds the engine takes after it."""

    before_sigterm: int
    after_sigterm: int


@dataclass(frozen=True, slots=True)
class Launch:
    """One engine container: argv lists, environment in order, ports and paths, all as Kubernetes will have them.

    An empty `command` keeps the image's entrypoint, which only a custom engine does.

    `env` holds what is the engine's own and the hub's (token, mirror, offline, telemetry, API key). What belongs to a
    volume is the renderer's: HOME, HF_HOME, HF_HUB_CACHE, USER, LOGNAME, `model_env`, and `cache_env` below the
    compile cache.
    """

    command: tuple[str, ...]
    args: tuple[str, ...]
    port: int
    env: tuple[EnvVar, ...] = ()
    startup_path: str = "/health"
    startup_command: tuple[str, ...] = ()
    """What is run in the container until it succeeds, instead of asking `startup_path`: it brings the model."""
    ready_path: str = "/health"
    live_path: str = "/health"
    metrics_path: str | None = "/metrics"
    open_ai_path: str | None = "/v1"
    routes: tuple[Route, ...] = ()
    """What it is known to offer when it is started so."""
    describes_itself_at: str | None = None
    """Where it tells the paths of its API (OpenAPI) to whoever asks without a key; None where it does not."""
    files: tuple[File, ...] = ()
    cache_env: Mapping[str, str] = field(default_factory=dict)
    """Environment variable -> folder below the compile cache's root."""
    model_env: Mapping[str, str] = field(default_factory=dict)
    """Environment variable -> folder below the model cache's root, or nothing for the root itself."""
    drain: Drain = Drain(before_sigterm=5, after_sigterm=60)
    requests: Mapping[str, str] = field(default_factory=dict)
    non_root: int | None = None
    """The user id that this image is proven to run as; None keeps the image's own user."""


class Engine(Protocol):
    """One inference server. A new one is a new file with one such object, listed in `engines.catalogue`."""

    @property
    def type(self) -> EngineType:
        """The word in `engine.type`."""

    @property
    def title(self) -> str:
        """How people write the engine's name."""

    @property
    def honours(self) -> Set[str]:
        """The fields of `serving` that reach it; every other one is refused, naming the engines that have it."""

    @property
    def tasks(self) -> Set[Task]:
        """The values of `serving.task` that it serves."""

    @property
    def default_gpus(self) -> int:
        """GPUs per replica where the spec says nothing."""

    @property
    def default_version(self) -> str:
        """The version that runs where neither the spec nor the operator's configuration names one."""

    @property
    def meters(self) -> Meters | None:
        """How its metrics tell how busy it is; None where they do not."""

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        """The image for that version and accelerator; `repository` replaces the upstream one, the tag's form stays."""

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        """What this engine will not take: unknown options, values, combinations. Warnings do not refuse."""

    def launch(self, ask: Ask) -> Launch:
        """The container; only called when `check` refuses nothing."""
