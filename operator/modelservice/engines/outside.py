"""Engines from outside this package, which the operator's configuration adds: one entry, one object."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from importlib import import_module

from modelservice.api.config import ConfigError
from modelservice.api.engine import EngineType, Task
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask, Engine, Launch
from modelservice.engines.meters import Meters


def imported(name: EngineType, implementation: str) -> Engine:
    """The object that `module:NAME` says; a ConfigError says why there is none."""
    module, _, attribute = implementation.partition(":")
    where = f"engines.{name}.implementation"
    try:
        found: Engine = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{where}: {implementation} cannot be imported: {error}") from error
    if found.type != name:
        raise ConfigError(f"{where}: {implementation} calls itself {found.type}")
    return found


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that the schema takes and nobody has added. `check` refuses it, so that nothing else is asked."""

    type: EngineType
    title: str = ""
    honours: Set[str] = frozenset()
    tasks: Set[Task] = frozenset()
    default_gpus: int = 0
    default_version: str = ""
    meters: Meters | None = None

    def image(self, version: str, gpus: int, resource_name: str, repository: str | None = None) -> str:
        return ""

    def check(self, ask: Ask) -> tuple[Finding, ...]:
        message = f"This operator has no engine `{self.type}`: its configuration adds one by engines.{self.type}."
        return (Finding(Reason.INVALID_SPEC, "engine.type", message),)

    def launch(self, ask: Ask) -> Launch:
        raise NotImplementedError(self.type)
