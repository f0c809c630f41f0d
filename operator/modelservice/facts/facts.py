"""All facts of one pass over one ModelService."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.pods import PodFacts
from modelservice.facts.uses import Use
from modelservice.facts.workload import (
    ChildFacts,
    ClaimFacts,
    DeploymentFacts,
    JobFacts,
    ReplicaSetFacts,
    RevisionFacts,
)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A Kubernetes Event about a pod or claim of ours; only those that no status shows are looked for."""

    object: str
    reason: str
    message: str
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogFacts:
    """The tail of a container's log, redacted; `previous` is the run before the present one."""

    pod: str
    container: str
    previous: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything seen. Two equal Facts give the same manifests and the same status.

    `uses` is who needs what of the claim: None where nobody looked, or where it cannot be told just now. `pruning`
    says that files may be vanishing from the claim at this moment.
    """

    now: datetime
    cluster: ClusterFacts = field(default_factory=ClusterFacts)
    deployment: DeploymentFacts | None = None
    replica_sets: tuple[ReplicaSetFacts, ...] = ()
    pods: tuple[PodFacts, ...] = ()
    claim: ClaimFacts | None = None
    model_claims: tuple[ClaimFacts, ...] = ()
    revisions: tuple[RevisionFacts, ...] = ()
    jobs: tuple[JobFacts, ...] = ()
    children: tuple[ChildFacts, ...] = ()
    foreign_autoscalers: tuple[str, ...] = ()
    events: tuple[EventFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    uses: tuple[Use, ...] | None = None
    pruning: bool = False
