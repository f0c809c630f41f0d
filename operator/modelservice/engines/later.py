"""Engines that the resource's schema knows and this operator does not run yet: told so, with what works today."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask, Launch


@dataclass(frozen=True, slots=True)
class Later:
    """An engine that is named before it is built. `check` refuses it, so that nothing else is ever asked."""

    type: EngineType
    title: str = ""
    honours: Set[str] = frozenset()
    tasks: Set[Task] = frozenset()
    default_gpus: int = 0
    default_version: str = ""

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        return ""

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        message = f"The engine `{self.type}` does not run yet. Use `vllm`, or `mock` for a try without a model."
        return (Finding(Reason.NOT_IMPLEMENTED, "engine.type", message),)

    def launch(self, ask: Ask) -> Launch:
        raise NotImplementedError(self.type)
