"""The operator's own configuration: one typed file, written by the chart's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from modelservice.api.base import Model, Schema
from modelservice.api.engine import OUTSIDE, EngineType
from modelservice.api.schema import resource_schema
from modelservice.api.spec import ModelServiceSpec


class Strict(Model):
    """A typo in the operator's own file stops it at the start with the field's name."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class EngineDefaults(Strict):
    """What an engine runs as unless the resource says otherwise."""

    image: str | None = Field(None, description="Image without tag, for example `vllm/vllm-openai`.")
    version: str | None = Field(None, description="Version, for example `0.32.0`; the engine knows the tag's form.")
    implementation: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = Field(
        None,
        description="`module:NAME` on the operator's Python path: an object that keeps the Engine protocol, for an "
        "engine from outside. Its name bears a domain, as in `fast.example.org`.",
    )


class LoaderImage(Strict):
    """The image that fetches models; `make images PUSH=registry/prefix` builds it and prints its name."""

    image: str | None = Field(None, description="Image without tag, for example `registry.example.org/models/loader`.")
    version: str | None = Field(None, description="Its tag. Default: the operator's version.")


class Proxy(Strict):
    """Proxies for model downloads."""

    http: str | None = Field(None, description="Becomes HTTP_PROXY.")
    https: str | None = Field(None, description="Becomes HTTPS_PROXY.")
    no_proxy: str | None = Field(None, description="Becomes NO_PROXY; the cluster's own names are added.")


# A name with a domain is a key as well, which the type's own list of values does not say.
EngineKey = Annotated[EngineType, WithJsonSchema({"type": "string"})]


def told_apart(engines: Mapping[EngineType, EngineDefaults]) -> Mapping[EngineType, EngineDefaults]:
    """An engine from outside says where it is, and none of ours is replaced."""
    for name, entry in engines.items():
        if (name in list(EngineType)) == (entry.implementation is not None):
            fix = "an engine of ours: remove" if entry.implementation else "no engine of ours: set"
            raise ValueError(f"engines.{name} is {fix} its implementation")
    return engines


def laid_under(defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """`defaults` if each of its fields can lie under a resource; a ValueError names the one that cannot.

    A field that the API server fills in is always said, so a default below it would never show.
    """
    spec: Schema = resource_schema()["properties"]["spec"]
    problems = list(_misplaced(defaults, spec, "defaults"))
    if problems:
        raise ValueError("; ".join(problems))
    ModelServiceSpec.model_validate(defaults)
    return defaults


def _misplaced(said: Mapping[str, Any], schema: Schema, path: str) -> list[str]:
    if "properties" not in schema:
        return []
    found: list[str] = []
    for name, value in said.items():
        field = schema["properties"].get(name)
        if field is None:
            found.append(f"{path}.{name} is no field of a ModelService's spec")
        elif "default" in field and "properties" not in field:
            found.append(
                f"{path}.{name} cannot be set here: the CRD gives every resource the value {field['default']!r}"
            )
        elif isinstance(value, Mapping):
            found += _misplaced(value, field, f"{path}.{name}")
    return found


class OperatorConfig(Strict):
    """Everything that the platform team decides once for all ModelServices."""

    engines: Annotated[Mapping[EngineKey, EngineDefaults], AfterValidator(told_apart)] = Field(
        default_factory=dict,
        description="Image and version by engine; engines from outside.",
        json_schema_extra={"propertyNames": {"anyOf": [{"enum": list(EngineType)}, {"pattern": f"^{OUTSIDE}$"}]}},
    )
    loader: LoaderImage = Field(
        default_factory=LoaderImage,
        description="The loader, which fetches models before engines start. Without an image of it, engines fetch.",
    )
    registry: str | None = Field(
        None, description="Registry that replaces the one in every default image, for air-gapped sites."
    )
    cluster_domain: str = Field("cluster.local", description="DNS domain of the cluster.")
    proxy: Proxy = Field(default_factory=Proxy, description="Proxies for model downloads.")
    ca_bundle: str | None = Field(
        None,
        description="PEM certificates that engines and loaders trust in place of those in their image; include the "
        "usual ones if they go out.",
    )
    image_volumes: bool | None = Field(
        None,
        description="Whether `oci://` models are mounted as image volumes; otherwise an init container copies them. "
        "Default: from Kubernetes 1.35 on. `false` where nodes run containerd before 2.1, `true` where an older "
        "Kubernetes has the feature gate ImageVolume on.",
    )
    runtime_class_name: str | None = Field(
        None, description="RuntimeClass for NVIDIA GPUs. Default: `nvidia` where it exists."
    )
    defaults: Annotated[Mapping[str, Any], AfterValidator(laid_under)] = Field(
        default_factory=dict, description="A partial ModelService spec, laid under every resource."
    )
    namespaces: tuple[str, ...] = Field((), description="Watch only these namespaces. Default: all.")
    workers: int = Field(16, ge=1, le=256, description="How many ModelServices are worked on at once.")


class ConfigError(Exception):
    """The operator's configuration cannot be used; the text names each field and what is wrong with it."""


def load_config(text: str) -> OperatorConfig:
    """The configuration that a YAML document says; an empty one is all defaults."""
    try:
        content = yaml.safe_load(text)
        return OperatorConfig.model_validate({} if content is None else content)
    except yaml.YAMLError as error:
        raise ConfigError(f"the configuration is no YAML: {error}") from error
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(problem) for problem in error.errors())) from error


def _sentence(problem: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"]) or "the configuration"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if not message.startswith(field) else message
