"""The Deployment with its ReplicaSets, the claim, the revisions and the other children, as far as we look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkloadCondition:
    """A condition of a Deployment."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """The Deployment: what it was asked for and how far it is.

    `accepted` is the JSON of what the last accepted spec said besides what a revision holds; "" where nobody noted it.
    """

    uid: str
    generation: int = 0
    observed_generation: int = 0
    revision: str = ""
    accepted: str = ""
    wanted: int = 0
    replicas: int = 0
    updated: int = 0
    ready: int = 0
    available: int = 0
    conditions: tuple[WorkloadCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplicaSetFacts:
    """A ReplicaSet of the Deployment: which revision its pods are, and whether pods can be made at all."""

    name: str
    uid: str
    revision: str = ""
    wanted: int = 0
    replicas: int = 0
    ready: int = 0
    failure: str = ""
    failure_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A Job that fetches a model, `reference` into `folder` of the cache's `claim`, or one that prunes there.

    `why` is the cluster's sentence where it has `failed` for good. `prunes_for` is the number of the revision after
    whose rollout it prunes; 0 is a Job that fetches.
    """

    name: str
    uid: str
    claim: str = ""
    folder: str = ""
    reference: str = ""
    prunes_for: int = 0
    suspended: bool = False
    complete: bool = False
    failed: bool = False
    why: str = ""
    failures: int = 0
    created_at: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.complete or self.failed


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """The PersistentVolumeClaim of the cache, or one with a model on it.

    `service` is the ModelService whose labels it bears, if any.
    """

    name: str
    phase: str = "Pending"
    access_modes: tuple[str, ...] = ()
    storage_class: str = ""
    capacity: str = ""
    deleting: bool = False
    service: str = ""


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """A stored revision: the inputs as the user wrote them, the defaults resolved then, and the pod template.

    These are the `data` of its ControllerRevision, which never changes. `edits` is a JSON merge patch over `inputs`,
    kept in an annotation: what the user said since then that made no other template. `config_maps` holds the content
    of those that the template names, by name, so that each can be made again. `jobs` are the Jobs that fetch its models
    before it may run, by name.

    `failed` is the sentence with which it was taken back, and `failed_reason` its one word. Both stand in annotations
    of the ControllerRevision, so that neither a restart nor a lost status tries it again.
    """

    name: str
    number: int
    inputs: Mapping[str, Any]
    resolved: Mapping[str, Any]
    template: Mapping[str, Any]
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    jobs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    edits: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""
    failed_reason: str = ""


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """An object that bears our labels or a name that we want, and what is known of its fields' owners.

    `applied` is the digest on it, `fields` that of the fields that are ours, and `others` hold fields which we do not
    apply.
    """

    kind: str
    name: str
    uid: str
    owned: bool
    applied: str = ""
    fields: str = ""
    others: tuple[str, ...] = ()
    deleting: bool = False
