"""Which field of a spec names a Secret or a ConfigMap, so that a message can name the field and not just the object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelservice.api.spec import ModelServiceSpec
from modelservice.sources import oci
from modelservice.sources.catalogue import locate
from modelservice.sources.source import Reference

UNKNOWN = "podTemplate"
"""Nothing else of a spec can name an object that is not found below."""


def secret_field(spec: ModelServiceSpec, name: str) -> str:
    """The field that names this Secret."""
    return next((field for field, secret in _secrets(spec) if secret == name), UNKNOWN)


def config_map_field(spec: ModelServiceSpec, name: str) -> str:
    """The field that names this ConfigMap."""
    return next((field for field, config_map in _config_maps(spec) if config_map == name), UNKNOWN)


def claim_field(spec: ModelServiceSpec, name: str) -> str:
    """The field that names this PersistentVolumeClaim."""
    if spec.cache and spec.cache.claim_name == name:
        return "cache.claimName"
    return "model" if (spec.model or "").startswith(f"pvc://{name}/") else UNKNOWN


def model_images(spec: ModelServiceSpec) -> Iterator[tuple[str, str]]:
    """The images that the model and its adapters lie in, each with the field that names it."""
    named = [
        ("model", spec.model or ""),
        *(("serving.loraAdapters", item.model) for item in spec.serving.lora_adapters),
    ]
    for field, reference in named:
        found, _ = locate(Reference(reference)) if reference.startswith(oci.PREFIX) else (None, [])
        if found:
            yield found.image, field


def _secrets(spec: ModelServiceSpec) -> Iterator[tuple[str, str]]:
    if spec.hugging_face.token_secret:
        yield "huggingFace.tokenSecret", spec.hugging_face.token_secret.name
    if spec.auth.api_key_secret:
        yield "auth.apiKeySecret", spec.auth.api_key_secret.name
    if spec.model_source.credentials_secret:
        yield "modelSource.credentialsSecret", spec.model_source.credentials_secret
    if spec.engine.remote and spec.engine.remote.api_key_secret:
        yield "engine.remote.apiKeySecret", spec.engine.remote.api_key_secret.name
    yield from _environment(spec, "secretKeyRef", "secretRef")


def _config_maps(spec: ModelServiceSpec) -> Iterator[tuple[str, str]]:
    for file in spec.engine.files:
        if file.config_map_key:
            yield f"engine.files ({file.name})", file.config_map_key.name
    yield from _environment(spec, "configMapKeyRef", "configMapRef")


def _environment(spec: ModelServiceSpec, one: str, whole: str) -> Iterator[tuple[str, str]]:
    for variable in spec.engine.env:
        yield f"engine.env ({variable.get('name', '')})", _name(_name_holder(variable, "valueFrom", one))
    for source in spec.engine.env_from:
        yield "engine.envFrom", _name(_name_holder(source, whole))


def _name_holder(raw: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for key in path:
        found = raw.get(key)
        raw = found if isinstance(found, Mapping) else {}
    return raw


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference.get("name", ""))
