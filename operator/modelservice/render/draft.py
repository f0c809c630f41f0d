"""What today's renderer makes of a spec with given resolved values: one pod template, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec, ModelSource, PodTemplate
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Adapter, Ask, Launch
from modelservice.facts.model import Located
from modelservice.render import paths
from modelservice.render.blueprint import Blueprint, Overlay
from modelservice.render.configmaps import ConfigMaps, contents
from modelservice.render.effective import effective
from modelservice.render.inputs import other_part
from modelservice.render.later import not_implemented
from modelservice.render.pod import pod_template
from modelservice.render.resolved import Resolved
from modelservice.sources.catalogue import locate, source
from modelservice.sources.source import Reference


@dataclass(frozen=True, slots=True)
class Draft:
    """`template` is None when a finding refuses; `spec` is the effective one."""

    spec: ModelServiceSpec
    findings: tuple[Finding, ...]
    launch: Launch | None = None
    template: dict[str, Any] | None = None
    config_maps: ConfigMaps = field(default_factory=dict)


def draft(service: ModelService, resolved: Resolved, config: OperatorConfig, restart: str) -> Draft:
    """One rendering. Every finding is gathered before the first that refuses ends it."""
    spec = effective(service.spec, _defaults(resolved, config))
    models, findings = located(spec)
    findings += not_implemented(spec, models)
    findings += gpu_findings(service.spec, resolved)
    if any(finding.refuses for finding in findings):
        return Draft(spec, tuple(findings))
    asked = ask(service.metadata.name, spec, resolved, models)
    runs = engine(spec.engine.type)
    findings += check(asked)
    if any(finding.refuses for finding in findings):
        return Draft(spec, tuple(findings))
    launch = runs.launch(asked)
    overlays = _overlays(service.spec, resolved.defaults)
    blueprint = Blueprint(service.metadata.name, spec, resolved, models, launch, overlays, restart)
    template, problems = pod_template(blueprint)
    findings += problems
    if problems:
        return Draft(spec, tuple(findings), launch)
    return Draft(spec, tuple(findings), launch, template, contents(blueprint))


def _defaults(resolved: Resolved, config: OperatorConfig) -> dict[str, Any]:
    """The pod's defaults as resolved then; those of the other children as they are today."""
    other = other_part(config.defaults)
    cache = {**other.get("cache", {}), **resolved.defaults.get("cache", {})}
    return {**other, **resolved.defaults, **({"cache": cache} if cache else {})}


def located(spec: ModelServiceSpec) -> tuple[tuple[Located, ...], list[Finding]]:
    """Where the model and its adapters are. An engine elsewhere needs none."""
    answers = [locate(reference) for reference in _references(spec)]
    models = tuple(found for found, _ in answers if found)
    if not spec.model:
        models = (Located(argument="", public_id=""), *models)
    return models, [finding for _, findings in answers for finding in findings]


def _references(spec: ModelServiceSpec) -> Iterator[Reference]:
    """`modelSource` speaks of the model; to an adapter from the same kind of source it says how that is reached."""
    cache = paths.hub_cache(spec)
    if spec.model:
        yield Reference(spec.model, "model", spec.model_source, cache)
    said = spec.model_source
    way = ModelSource(credentials_secret=said.credentials_secret, endpoint=said.endpoint)
    for item in spec.serving.lora_adapters:
        alike = source(item.model) is source(spec.model or "")
        yield Reference(item.model, f"serving.loraAdapters[{item.name}].model", way if alike else ModelSource(), cache)


def gpu_findings(said: ModelServiceSpec, resolved: Resolved) -> list[Finding]:
    """Products that the user asked for where the engine has no GPU; those of the platform wait for one that has."""
    if resolved.gpus or not said.gpu.products:
        return []
    message = "gpu.products chooses among GPUs, and there are none: set gpu.count, or remove gpu.products."
    return [Finding(Reason.INVALID_SPEC, "gpu.products", message)]


def ask(service: str, spec: ModelServiceSpec, resolved: Resolved, models: tuple[Located, ...]) -> Ask:
    """All that the engine is told."""
    model, *adapters = models
    names = spec.served_names or filter(None, (model.public_id, service))
    return Ask(
        name=service,
        spec=spec,
        model=model,
        served_names=tuple(dict.fromkeys(names)),
        gpus=resolved.gpus,
        version=resolved.version or None,
        resource_name=spec.gpu.resource_name,
        offline=spec.hugging_face.offline or bool(spec.cache and spec.cache.read_only),
        adapters=tuple(
            Adapter(said.name, where) for said, where in zip(spec.serving.lora_adapters, adapters, strict=True)
        ),
    )


def _overlays(spec: ModelServiceSpec, defaults: Mapping[str, Any]) -> tuple[Overlay, ...]:
    """The platform's partial pod, then the user's."""
    users = Overlay("podTemplate", spec.pod_template)
    if "podTemplate" not in defaults:
        return (users,)
    return Overlay("the operator's defaults.podTemplate", PodTemplate.model_validate(defaults["podTemplate"])), users
