"""The status of a ModelService: the operator's answer, in words that a person can act on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelservice.api.base import Atomic, ListMap, Model


class ConditionType(StrEnum):
    ACCEPTED = "Accepted"
    MODEL_CACHED = "ModelCached"
    SCHEDULED = "Scheduled"
    AVAILABLE = "Available"
    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    UP_TO_DATE = "UpToDate"


ConditionStatus = Literal["True", "False", "Unknown"]


class Condition(Model):
    """One aspect of the state; `lastTransitionTime` moves only when `status` does."""

    type: str = Field(description="Which aspect this is, for example `Ready`.", max_length=316)
    status: ConditionStatus = Field(description="Whether it holds.")
    reason: str = Field(
        description="The reason in one stable word; `modelservice explain` and docs/reasons.md say what it means.",
        max_length=1024,
    )
    message: str = Field("", description="The reason in a sentence, with the field to change.", max_length=32768)
    observed_generation: int = Field(0, description="The generation of the spec that this speaks of.", ge=0)
    last_transition_time: str = Field(
        description="When `status` last changed.", max_length=64, json_schema_extra={"format": "date-time"}
    )


class Pruned(Model):
    """What `cache.prune` came to after the model's last change."""

    freed_bytes: int | None = Field(None, description="Bytes that are free again; absent where it failed.")
    message: str = Field(description="What was removed, or why nothing was.", max_length=32768)


class ModelStatus(Model):
    """The model's files and their way to the GPU."""

    source: str | None = Field(None, description="Where it comes from, for example `hf://Qwen/Qwen2.5-7B-Instruct`.")
    size_bytes: int | None = Field(None, description="Size of its files in bytes, as far as known.")
    done_bytes: int | None = Field(None, description="Bytes of it that are there.")
    pruned: Pruned | None = Field(None, description="What of its other revisions was removed from the cache.")


class Child(Model):
    """An object that the operator applied, with what is needed to see that somebody changed it."""

    kind: str = Field(description="Kind of the object.")
    name: str = Field(description="Its name.")
    digest: str | None = Field(None, description="Digest of what was applied.")
    fields: str | None = Field(None, description="Digest of the fields that the operator owned after it was applied.")
    others: Annotated[list[str], Atomic()] = Field(
        default_factory=list,
        max_length=20,
        description="Field managers that added fields of their own, for example `kubectl-edit`. They are kept.",
    )


class Capabilities(Model):
    """What the running engine offers to clients, found once for each revision."""

    revision: str = Field(description="The revision that this speaks of.")
    source: str = Field(
        description="How it was found: `Engine` by the engine's own description of its API, `Declared` by what the "
        "operator knows of that engine, since a pod did not tell; `Unknown` when neither says anything."
    )
    routes: Annotated[list[str], Atomic()] = Field(
        default_factory=list,
        description="What clients may call, for example `Chat`, `Completions`, `Embeddings`, `Rerank`, `Tokenize`.",
    )


class Status(Model):
    """What is, as the operator last saw it."""

    observed_generation: int | None = Field(None, description="The generation of the spec that this speaks of.")
    phase: str | None = Field(None, description="The state in one word, for people, for example `Loading`.")
    message: str | None = Field(
        None, description="The state in one sentence: what it waits for, which field to change."
    )
    replicas: int | None = Field(None, description="How many pods there are.")
    ready_replicas: int | None = Field(None, description="How many of them answer.")
    selector: str | None = Field(None, description="Label selector of the pods, for autoscalers.")
    url: str | None = Field(
        None, description="Base URL inside the cluster, for example `http://qwen.team-a.svc.cluster.local:8000`."
    )
    open_ai_url: str | None = Field(
        None,
        alias="openAIURL",
        description="Base URL for OpenAI clients inside the cluster: with `/v1`, where the engine has it.",
    )
    ready: str | None = Field(None, description="Ready and wanted replicas, for example `1/2`.")
    model: ModelStatus | None = Field(None, description="The model's files.")
    engine: str | None = Field(None, description="The engine that serves.")
    gpu: str | None = Field(None, description="GPUs per replica and their kind, for people.")
    current_revision: str | None = Field(None, description="The last revision that was Ready.")
    update_revision: str | None = Field(None, description="The revision that is being tried.")
    capabilities: Capabilities | None = Field(None, description="What the running engine offers to clients.")
    children: Annotated[list[Child], ListMap(("kind", "name"))] = Field(
        default_factory=list, description="The objects that make up this service."
    )
    conditions: Annotated[list[Condition], ListMap(("type",))] = Field(
        default_factory=list,
        description=f"The state, aspect by aspect: {', '.join(f'`{one}`' for one in ConditionType)}.",
    )
