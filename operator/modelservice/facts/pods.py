"""A pod as far as this project looks at it, read from the manifest that the API server sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Termination:
    """The end of a container's run."""

    exit_code: int
    reason: str = ""
    message: str = ""
    signal: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container: where it is in its life, and how its last run ended."""

    name: str
    image: str = ""
    init: bool = False
    ready: bool = False
    started: bool = False
    restarts: int = 0
    state: Literal["waiting", "running", "terminated"] = "waiting"
    reason: str = ""
    message: str = ""
    running_since: datetime | None = None
    terminated: Termination | None = None
    last_termination: Termination | None = None


@dataclass(frozen=True, slots=True)
class PodFacts:
    """One pod of a ModelService.

    `ready_since` and `unready_since` are when readiness last changed; one of them is set. `gated` says that a
    scheduling gate holds the pod. `asks` holds the extended resources that its containers ask for. `serves` names the
    container of the engine: ours is called so, that of an adopted pod is its first.
    """

    name: str
    uid: str
    owner_uid: str = ""
    revision: str = ""
    component: str = "engine"
    serves: str = "engine"
    phase: str = "Pending"
    reason: str = ""
    message: str = ""
    node: str = ""
    ip: str = ""
    created_at: datetime | None = None
    deleting_since: datetime | None = None
    ready: bool = False
    ready_since: datetime | None = None
    unready_since: datetime | None = None
    scheduled: bool = False
    scheduled_at: datetime | None = None
    gated: bool = False
    unschedulable_message: str = ""
    unschedulable_since: datetime | None = None
    asks: Mapping[str, int] = field(default_factory=dict)
    containers: tuple[ContainerFacts, ...] = ()

    @property
    def engine(self) -> ContainerFacts | None:
        """The container that serves, once anything is known of it."""
        return next((container for container in self.containers if container.name == self.serves), None)
