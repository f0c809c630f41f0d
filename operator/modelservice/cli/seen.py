"""A ModelService as commands look at it: the status that the operator wrote, and whether it speaks of this spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelservice.api.status import Condition, ConditionType, Status
from modelservice.cli.cluster import Cluster
from modelservice.kube.resources import MODEL_SERVICE, Manifest

NOT_ANSWERED = "The operator has not answered this spec yet. If that lasts, look whether it runs."


@dataclass(frozen=True, slots=True)
class Service:
    """One ModelService; a status from before the latest spec is not told as the state of it."""

    body: Manifest
    status: Status

    @classmethod
    def of(cls, body: Manifest) -> Service:
        return cls(body, Status.model_validate(body.get("status") or {}))

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"]["namespace"])

    @property
    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.body["spec"]
        return spec

    @property
    def observed(self) -> bool:
        """The operator has answered the latest spec."""
        generation: int | None = self.body["metadata"].get("generation")
        return self.status.observed_generation == generation

    @property
    def phase(self) -> str:
        return (self.status.phase if self.observed else None) or "Waiting"

    @property
    def message(self) -> str:
        """What it waits for; where the operator has said nothing yet, that."""
        if self.observed:
            return self.status.message or ""
        return NOT_ANSWERED

    def condition(self, type: ConditionType) -> Condition | None:
        return next((one for one in self.status.conditions if one.type == type), None)

    def holds(self, type: ConditionType) -> bool:
        """Whether the condition is true of the latest spec."""
        found = self.condition(type)
        return self.observed and found is not None and found.status == "True"


def service(cluster: Cluster, name: str) -> Service:
    """The ModelService of that name in the chosen namespace."""
    return Service.of(cluster.get(MODEL_SERVICE, name))
