"""The engine's part of a spec: which server runs, what is said to it, and the knobs that all engines share."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, WithJsonSchema

from modelservice.api.base import Atomic, ListMap, Model, Rule, Rules
from modelservice.api.references import ConfigMapKeyRef, SecretKeyRef
from modelservice.api.rules import CUSTOM_AND_REMOTE, FILE_IS_ONE_OF, FILE_PATH_IS_FREE, FILE_PATHS_DIFFER
from modelservice.api.types import (
    AbsolutePath,
    EnvFrom,
    EnvVars,
    FreeMap,
    MountPath,
    ObjectName,
    Port,
    PullSecrets,
    Url,
)

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
OUTSIDE = rf"{_LABEL}(\.{_LABEL})+"
"""The name of an engine that the operator's configuration adds. It bears a domain, so that none of ours meets it."""


class EngineType(StrEnum):
    """The engines of this package; a name that bears a domain is taken too, and is no member of the list."""

    VLLM = "vllm"
    SGLANG = "sglang"
    LLAMACPP = "llamacpp"
    TGI = "tgi"
    INFINITY = "infinity"
    APHRODITE = "aphrodite"
    OLLAMA = "ollama"
    TRITON = "triton"
    MOCK = "mock"
    CUSTOM = "custom"
    REMOTE = "remote"

    @classmethod
    def _missing_(cls, value: object) -> EngineType | None:
        if not isinstance(value, str) or not re.fullmatch(OUTSIDE, value):
            return None
        found = str.__new__(cls, value)
        found._name_ = found._value_ = value
        return found


EngineName = Annotated[
    EngineType,
    WithJsonSchema({"type": "string", "maxLength": 63, "pattern": f"^({'|'.join(EngineType)}|{OUTSIDE})$"}),
]


class Task(StrEnum):
    GENERATE = "Generate"
    EMBED = "Embed"
    RERANK = "Rerank"
    CLASSIFY = "Classify"


class EngineFile(Model):
    """A small file in the engine's container: inline text, or a key of a ConfigMap."""

    cel: ClassVar[tuple[Rule, ...]] = (FILE_IS_ONE_OF, FILE_PATH_IS_FREE)

    name: ObjectName = Field(description="A name for this file, unique in the list.")
    path: MountPath = Field(description="Absolute path in the container, for example `/etc/engine/template.jinja`.")
    content: Annotated[str, Field(max_length=262144)] | None = Field(
        None, description="The text of the file, if it is said here."
    )
    config_map_key: ConfigMapKeyRef | None = Field(None, description="The ConfigMap and key to take the file from.")


class CustomEngine(Model):
    """What must be known of an own server. Present if and only if `engine.type` is `custom`."""

    port: Port = Field(description="Port on which the server listens, for example 8080.")
    health_path: AbsolutePath = Field("/health", description="Path that answers 200 once requests can be served.")
    metrics_path: AbsolutePath | None = Field(
        None, description="Path with Prometheus metrics, for example `/metrics`, if there is one."
    )


class RemoteEngine(Model):
    """An OpenAI-compatible service elsewhere. Present if and only if `engine.type` is `remote`."""

    url: Url = Field(description="Base URL of the service, for example `https://api.example.org/v1`.")
    api_key_secret: SecretKeyRef | None = Field(None, description="Secret with the key that is added to each request.")


class Engine(Model):
    """The inference server that serves the model, and what is said to it in its own words."""

    cel: ClassVar[tuple[Rule, ...]] = CUSTOM_AND_REMOTE

    type: EngineName = Field(
        EngineType.VLLM,
        description=f"Which inference server runs: {', '.join(f'`{type}`' for type in EngineType)}, or one that the "
        "operator's configuration adds, such as `fast.example.org`.",
    )
    version: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][-A-Za-z0-9._+]*$")] | None = Field(
        None,
        description="Version of the engine: picks the image's tag and the option catalogue. Default: the operator's.",
    )
    image: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[^\s]+$")] | None = Field(
        None,
        description="An image instead of the engine's own, for example `registry.example.org/vllm:patched`. Its "
        "version is taken as unknown unless `version` is given.",
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="When the kubelet pulls the image. Default: Kubernetes' own rule."
    )
    image_pull_secrets: PullSecrets = Field(
        default_factory=list, description="Secrets for private registries, for example `[{name: registry}]`."
    )
    args: Annotated[list[Annotated[str, Field(max_length=65536)]], Atomic()] = Field(
        default_factory=list,
        max_length=500,
        description='Extra command line as an argv list, kept in order: `[--max-model-len, "8192"]`. No shell.',
    )
    options: FreeMap = Field(
        default_factory=dict,
        max_length=500,
        description="Options of the engine as a map, for example `{dtype: half, enforce-eager: true}`. `engine.args` "
        "win over it.",
    )
    env: EnvVars = Field(
        default_factory=list,
        description="Environment of the engine, as in a container; wins over what the operator sets.",
    )
    env_from: EnvFrom = Field(default_factory=list, description="Environment from whole ConfigMaps or Secrets.")
    files: Annotated[list[EngineFile], ListMap(), Rules((FILE_PATHS_DIFFER,))] = Field(
        default_factory=list,
        max_length=20,
        description="Small files that the engine needs, such as a chat template.",
    )
    custom: CustomEngine | None = Field(None, description="Port and paths of an own server (type `custom`).")
    remote: RemoteEngine | None = Field(None, description="Address of a service elsewhere (type `remote`).")


class LoraAdapter(Model):
    """A LoRA adapter that is served beside the base model under a name of its own."""

    name: Annotated[str, Field(min_length=1, max_length=253)] = Field(description="Name that clients send as `model`.")
    model: Annotated[str, Field(min_length=1, max_length=2048)] = Field(
        description="Where the adapter is, like `spec.model`."
    )


class Serving(Model):
    """Knobs that mean the same for every engine. Each is passed on only when set."""

    task: Task | None = Field(
        None,
        description="What the model is for: text, embeddings, reranking or classes. Default: the engine finds out.",
    )
    context_length: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Tokens of prompt and answer together, per request, for example 8192."
    )
    max_concurrent_requests: Annotated[int, Field(ge=1)] | None = Field(
        None, description="How many requests run at once in one replica, for example 64."
    )
    max_batched_tokens: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Tokens that one step of the engine processes at most, for example 8192."
    )
    quantization: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="Quantisation method by the engine's name, for example `awq_marlin`."
    )
    dtype: Annotated[str, Field(max_length=32)] | None = Field(
        None, description="Number type of weights and activations, for example `bfloat16`."
    )
    gpu_memory_percent: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Share of the GPU's memory that the engine may take, in percent, for example 90."
    )
    trust_remote_code: bool | None = Field(
        None, description="Run Python code that comes with the model. Only for models you trust."
    )
    prefix_caching: bool | None = Field(
        None, description="Keep the cache of common prompt beginnings. Default: the engine's."
    )
    chat_template: Annotated[str, Field(max_length=65536)] | None = Field(
        None,
        description="Absolute path of a Jinja chat template in the container (see `engine.files`), or its text.",
    )
    tool_call_parser: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="Parser for tool calls by the engine's name, for example `hermes`."
    )
    reasoning_parser: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="Parser for reasoning by the engine's name, for example `qwen3`."
    )
    lora_adapters: Annotated[list[LoraAdapter], ListMap()] = Field(
        default_factory=list, max_length=64, description="LoRA adapters that are served beside the model."
    )
