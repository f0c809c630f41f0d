"""All that a status is made of, with the few views of it that every aspect asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from modelservice.api.config import OperatorConfig
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.api.status import ConditionType, Status
from modelservice.facts.facts import Facts
from modelservice.facts.marks import COMPONENT_LABEL, ENGINE, NAME_LABEL
from modelservice.facts.pods import PodFacts
from modelservice.facts.rollout import RolloutFacts

ENDED = frozenset({"Failed", "Succeeded"})


@dataclass(frozen=True)
class Seen:
    """One look at one ModelService. `service.spec` has the operator's defaults laid under it.

    `findings` come from the spec, `problems` from applying it. `wanted` is how many replicas there should be.
    """

    service: ModelService
    facts: Facts
    findings: tuple[Finding, ...]
    problems: tuple[Finding, ...]
    rollout: RolloutFacts
    config: OperatorConfig
    wanted: int
    gpus: int

    @property
    def previous(self) -> Status:
        return self.service.status

    @property
    def budget(self) -> timedelta:
        """How long a model may take to load; also how long help is waited for before the service counts as stalled."""
        return timedelta(seconds=self.service.spec.startup_timeout_seconds)

    @property
    def idle(self) -> Reason:
        """Why nothing should run."""
        return Reason.SUSPENDED if self.service.spec.suspend else Reason.SCALED_TO_ZERO

    @property
    def selector(self) -> str:
        """The label selector of the engine's pods."""
        return f"{NAME_LABEL}={self.service.metadata.name},{COMPONENT_LABEL}={ENGINE}"

    @property
    def reconciling_since(self) -> datetime:
        """Since when something has been on the way, as far as the status before knows."""
        for condition in self.previous.conditions:
            if condition.type == ConditionType.RECONCILING and condition.status == "True":
                return datetime.fromisoformat(condition.last_transition_time)
        return self.facts.now

    @property
    def gpu_text(self) -> str:
        """GPUs per replica and their kind: as asked for, or else as the nodes of the pods have it."""
        if not self.gpus:
            return "CPU"
        gpu = self.service.spec.gpu
        homes = {pod.node for pod in self.live}
        found = {node.gpu_product for node in self.facts.cluster.nodes or () if node.name in homes}
        kinds = gpu.products or sorted(found - {""}) or [gpu.resource_name]
        return f"{self.gpus} x {', '.join(kinds)}"

    @cached_property
    def engine_pods(self) -> tuple[PodFacts, ...]:
        """All pods of the engine that have not ended, also those being deleted."""
        return tuple(pod for pod in self.facts.pods if pod.component == ENGINE and pod.phase not in ENDED)

    @cached_property
    def live(self) -> tuple[PodFacts, ...]:
        """The pods of the engine that are meant to stay."""
        return tuple(pod for pod in self.engine_pods if pod.deleting_since is None)

    @cached_property
    def target(self) -> tuple[PodFacts, ...]:
        """The live pods of the revision that should run."""
        return tuple(pod for pod in self.live if pod.revision == self.rollout.target)

    @cached_property
    def ready(self) -> tuple[PodFacts, ...]:
        return tuple(pod for pod in self.live if pod.ready)

    @cached_property
    def unready(self) -> tuple[PodFacts, ...]:
        """The pods that keep the service from being ready: of the wanted revision, oldest first."""
        pods = (pod for pod in self.target if not pod.ready)
        return tuple(sorted(pods, key=lambda pod: (pod.created_at is None, pod.created_at, pod.name)))
