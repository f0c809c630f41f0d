"""What an engine is asked, made from YAML as users write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from modelservice.api.findings import Finding
from modelservice.api.spec import ModelServiceSpec
from modelservice.engines.engine import Adapter, Ask, EnvVar
from modelservice.facts.model import Located
from modelservice.sources.catalogue import locate
from modelservice.sources.source import Reference


def ask(text: str = "", gpus: int = 1, version: str | None = "0.32.0", **more: Any) -> Ask:
    """A service `qwen` with this spec; the model is `org/name` unless the text says another."""
    spec = ModelServiceSpec.model_validate({"model": "org/name", **(yaml.safe_load(text) or {})})
    model = _located(spec.model or "")
    adapters = tuple(Adapter(one.name, _located(one.model)) for one in spec.serving.lora_adapters)
    names = tuple(spec.served_names) or (model.public_id, "qwen")
    return Ask("qwen", spec, model, names, gpus, version, adapters=adapters, **more)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, bool]]:
    """Reason, field and whether it refuses."""
    return [(finding.reason.value, finding.field, finding.refuses) for finding in findings]


def plain(env: tuple[EnvVar, ...]) -> Mapping[str, str]:
    """The variables that bear a value of their own."""
    return {one["name"]: one["value"] for one in env if "value" in one}


def _located(reference: str) -> Located:
    located, findings = locate(Reference(reference))
    assert located, findings
    return located
