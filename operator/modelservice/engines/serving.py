"""The engine-neutral knobs against what an engine can honour."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.engine import EngineType, Serving
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask, Engine

EVERY_FIELD = frozenset(field.alias or name for name, field in Serving.model_fields.items())


def unhonoured(ask: Ask, runs: Engine, engines: Iterable[Engine]) -> Iterable[Finding]:
    """A finding for each field of `serving` that would be dropped, naming the engines that would not."""
    real = [engine for engine in engines if engine.type is not EngineType.MOCK]
    for field, value in ask.spec.serving.manifest().items():
        if field not in runs.honours and value != []:
            able = [engine.type for engine in real if field in engine.honours]
            yield _refused(f"serving.{field}", f"serving.{field}", runs, able)
    task = ask.spec.serving.task
    if task and "task" in runs.honours and task not in runs.tasks:
        able = [engine.type for engine in real if task in engine.tasks]
        yield _refused("serving.task", f"serving.task: {task}", runs, able)


def _refused(field: str, said: str, runs: Engine, able: list[EngineType]) -> Finding:
    message = f"{said} means nothing to {runs.title}: remove it, or use engine.type: {_either(able)}."
    return Finding(Reason.UNSUPPORTED_BY_ENGINE, field, message)


def _either(names: list[EngineType]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
