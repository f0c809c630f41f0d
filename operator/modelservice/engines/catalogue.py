"""All engines, one row each."""

from __future__ import annotations

from modelservice.api.engine import EngineType
from modelservice.api.findings import Finding
from modelservice.engines import custom, llamacpp, mock, remote, sglang, vllm
from modelservice.engines.engine import Ask, Engine
from modelservice.engines.later import Later
from modelservice.engines.serving import unhonoured

ENGINES: dict[EngineType, Engine] = {
    row.type: row for row in (vllm.ENGINE, sglang.ENGINE, llamacpp.ENGINE, mock.ENGINE, custom.ENGINE, remote.ENGINE)
}


def check(ask: Ask) -> tuple[Finding, ...]:
    """All that the engine of this spec will not take, and what of `serving` would not reach it."""
    runs = engine(ask.spec.engine.type)
    lost = unhonoured(ask, runs, ENGINES.values()) if runs.type in ENGINES else ()
    return (*runs.check(ask), *lost)


def engine(type: EngineType) -> Engine:
    """The engine of that name; one that refuses every spec where it is not built yet."""
    return ENGINES.get(type) or Later(type)
