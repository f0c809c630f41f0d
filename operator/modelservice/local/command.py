"""What a ModelService runs on this machine: the rendered container's command line, with paths and port of here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelservice.api.config import OperatorConfig
from modelservice.api.engine import EngineType
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.api.spec import Gpu, ModelServiceSpec
from modelservice.engines.engine import Launch
from modelservice.facts.cluster import ClusterFacts
from modelservice.local import kubelet, ports
from modelservice.local.errors import ModelServerError
from modelservice.local.installed import require, version
from modelservice.local.listen import ENGINES
from modelservice.local.machine import Machine
from modelservice.render.configmaps import ConfigMaps
from modelservice.render.draft import ask, draft
from modelservice.render.locate import located
from modelservice.render.metadata import Manifest
from modelservice.render.resolve import resolve

CONFIG = OperatorConfig()
SAFE_PATH = {"PYTHONSAFEPATH": "1"}
"""`python -m` looks first in the folder that one happens to be in, where a file may have an engine's name."""


@dataclass(frozen=True, slots=True)
class Command:
    """`argv` begins with the program's own path; `environ` is this machine's with the container's laid over it."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    texts: Mapping[Path, str]
    host: str
    port: int
    launch: Launch
    spec: ModelServiceSpec
    served_names: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a cluster would get, as far as the engine's container goes."""

    spec: ModelServiceSpec
    launch: Launch
    pod: Manifest
    config_maps: ConfigMaps
    served_names: tuple[str, ...]
    warnings: tuple[str, ...]


def command(service: ModelService, machine: Machine, folder: Path, host: str, port: int | None) -> Command:
    """A ModelServerError says in one sentence why this ModelService cannot run here."""
    kind = service.spec.engine.type
    if kind not in ENGINES:
        message = f"engine.type {kind} runs from its image only; on this machine run {', '.join(ENGINES)}."
        raise ModelServerError(message, Reason.UNSUPPORTED_BY_ENGINE)
    fitted = fit(service, machine)
    made = rendered(fitted)
    chosen = ports.choose(host, port, made.launch.port)
    if kind is EngineType.CUSTOM and chosen != made.launch.port:
        made = rendered(_listening(fitted, chosen))
    container = kubelet.engine(made.pod)
    places = kubelet.places(made.pod, made.config_maps, machine, folder)
    environ = kubelet.environment(container, made.config_maps, places, machine.environ)
    words = [*container.get("command", ()), *container.get("args", ())]
    if not container.get("command"):
        message = "engine.args must begin with the program to run: there is no image with an entrypoint here."
        raise ModelServerError(message, Reason.INVALID_SPEC)
    argv = ENGINES[kind].told([kubelet.expand(places.here(word), environ) for word in words], host, chosen)
    return Command(
        argv=(str(require(kind, argv[0], machine)), *argv[1:]),
        environ={**machine.environ, **(SAFE_PATH if argv[1:2] == ["-m"] else {}), **environ},
        texts=places.texts,
        host=host,
        port=chosen,
        launch=made.launch,
        spec=made.spec,
        served_names=made.served_names,
        warnings=made.warnings,
    )


def fit(service: ModelService, machine: Machine) -> ModelService:
    """The same service on the GPUs and with the version that are here, where the user did not say which version."""
    spec = service.spec
    if machine.gpus == 0:
        spec = spec.model_copy(update={"gpu": Gpu(count=0)})
    found = version(spec.engine.type, machine)
    if found and spec.engine.version is None and spec.engine.image is None:
        spec = spec.model_copy(update={"engine": spec.engine.model_copy(update={"version": found})})
    return service.model_copy(update={"spec": spec})


def rendered(service: ModelService) -> Rendered:
    """The operator's own rendering; what it refuses is refused here in the same words."""
    _without_a_loader(service.spec)
    resolved = resolve(service.spec, CONFIG, ClusterFacts())
    made = draft(service, resolved, CONFIG, "")
    if made.template is None or made.launch is None:
        refused = [finding for finding in made.findings if finding.refuses]
        raise ModelServerError(" ".join(finding.told for finding in refused), refused[0].reason)
    models, _ = located(made.spec)
    names = ask(service.metadata.name, made.spec, resolved, models).served_names
    warnings = tuple(finding.told for finding in made.findings)
    return Rendered(made.spec, made.launch, made.template["spec"], made.config_maps, names, warnings)


def _without_a_loader(spec: ModelServiceSpec) -> None:
    """Engines fetch from the hub alone, and what fetches from elsewhere is a container."""
    fetches = [model.fetch.reference for model in located(spec)[0] if model.fetch and not model.hub]
    if fetches:
        message = (
            f"`{fetches[0]}` is fetched in clusters only: download it, and name its file or folder of this machine."
        )
        raise ModelServerError(message, Reason.UNSUPPORTED_BY_ENGINE)


def _listening(service: ModelService, port: int) -> ModelService:
    """A server of the user's own learns its port from the spec alone."""
    engine = service.spec.engine
    assert engine.custom is not None, "the schema has it if and only if the type is custom"
    custom = engine.custom.model_copy(update={"port": port})
    spec = service.spec.model_copy(update={"engine": engine.model_copy(update={"custom": custom})})
    return service.model_copy(update={"spec": spec})
