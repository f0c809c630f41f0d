"""What today's renderer makes of a spec with given resolved values: one pod template, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec, PodTemplate
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Adapter, Ask, Launch
from modelservice.facts.model import Located
from modelservice.render.blueprint import Blueprint, Overlay
from modelservice.render.configmaps import ConfigMaps, contents
from modelservice.render.effective import effective
from modelservice.render.fetching import narrowed, offline, unfetchable
from modelservice.render.images import uncopied
from modelservice.render.inputs import other_part
from modelservice.render.loader import jobs
from modelservice.render.locate import located
from modelservice.render.pod import pod_template
from modelservice.render.resolved import Resolved
from modelservice.render.volumes import mounts


@dataclass(frozen=True, slots=True)
class Draft:
    """`template` is None when a finding refuses; `spec` is the effective one."""

    spec: ModelServiceSpec
    findings: tuple[Finding, ...]
    launch: Launch | None = None
    template: dict[str, Any] | None = None
    config_maps: ConfigMaps = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)


def draft(service: ModelService, resolved: Resolved, config: OperatorConfig, restart: str) -> Draft:
    """One rendering. Every finding is gathered before the first that refuses ends it."""
    spec = spec_of(service.spec, resolved, config)
    models, findings = located(spec)
    findings += unfetchable(spec, resolved.fetch, resolved.loader)
    findings += uncopied(models, resolved.copied)
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
    fetches = narrowed(spec, models)
    blueprint = Blueprint(service.metadata.name, spec, resolved, models, launch, overlays, restart, fetches)
    template, problems = pod_template(blueprint)
    findings += problems
    if problems:
        return Draft(spec, tuple(findings), launch)
    loaders = jobs(blueprint, template, mounts(blueprint))
    return Draft(spec, tuple(findings), launch, template, contents(blueprint), loaders)


def spec_of(said: ModelServiceSpec, resolved: Resolved, config: OperatorConfig) -> ModelServiceSpec:
    """The effective spec: defaults laid under what was said."""
    return effective(said, _defaults(resolved, config))


def _defaults(resolved: Resolved, config: OperatorConfig) -> dict[str, Any]:
    """The pod's defaults as resolved then; those of the other children as they are today."""
    other = other_part(config.defaults)
    cache = {**other.get("cache", {}), **resolved.defaults.get("cache", {})}
    return {**other, **resolved.defaults, **({"cache": cache} if cache else {})}


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
        offline=offline(spec) or bool(resolved.fetch),
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
