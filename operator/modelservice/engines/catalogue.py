"""All engines, one row each."""

from __future__ import annotations

from collections.abc import Iterator

from modelservice.api.config import OperatorConfig
from modelservice.api.engine import EngineType
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines import aphrodite, custom, infinity, llamacpp, mock, ollama, remote, sglang, tgi, triton, vllm
from modelservice.engines.engine import Ask, Engine
from modelservice.engines.outside import Unknown, imported
from modelservice.engines.serving import unhonoured

ENGINES: dict[EngineType, Engine] = {
    row.type: row
    for row in (
        *(vllm.ENGINE, aphrodite.ENGINE, sglang.ENGINE, llamacpp.ENGINE),
        *(tgi.ENGINE, ollama.ENGINE, infinity.ENGINE, triton.ENGINE),
        *(mock.ENGINE, custom.ENGINE, remote.ENGINE),
    )
}


def check(ask: Ask) -> tuple[Finding, ...]:
    """All that the engine of this spec will not take, and what of `serving` would not reach it."""
    runs = engine(ask.spec.engine.type)
    lost = unhonoured(ask, runs, ENGINES.values()) if runs.type in ENGINES else ()
    return (*runs.check(ask), *lost, *_for_another(ask))


def _for_another(ask: Ask) -> Iterator[Finding]:
    """Models that one engine alone knows."""
    chosen = ask.spec.engine.type
    for model in (ask.model, *(adapter.model for adapter in ask.adapters)):
        if model.only and model.only != chosen:
            message = f"Only engine.type {model.only} serves `{model.argument}`: set it, or name a model for {chosen}."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "model", message)


def engine(type: EngineType) -> Engine:
    """The engine of that name; one that refuses every spec where nobody has added it."""
    return ENGINES.get(type) or Unknown(type)


def outside(config: OperatorConfig) -> Iterator[tuple[EngineType, str]]:
    """The engines that the operator's configuration adds, and where each is."""
    return ((name, entry.implementation) for name, entry in config.engines.items() if entry.implementation)


def add(name: EngineType, implementation: str) -> None:
    """Add an engine from outside; a ConfigError says why it cannot be had."""
    ENGINES[name] = imported(name, implementation)


def admit(config: OperatorConfig) -> None:
    """Add all engines from outside."""
    for name, implementation in outside(config):
        add(name, implementation)
