"""Which files of a hub's model an engine reads: repositories hold the same weights in other forms besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelservice.api.engine import EngineType
from modelservice.api.spec import ModelServiceSpec


@dataclass(frozen=True, slots=True)
class Files:
    """Patterns of files as the hub's client has them."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


ALL = Files()


def _one_quantization(spec: ModelServiceSpec) -> Files | None:
    """A repository of GGUF files has dozens of quantizations, and which one is read is known only if it is said."""
    wanted = spec.serving.quantization
    return Files(include=(f"*{wanted}*.gguf", "*mmproj*.gguf")) if wanted else None


READ: Mapping[EngineType, Callable[[ModelServiceSpec], Files | None]] = {
    EngineType.LLAMACPP: _one_quantization,
    EngineType.OLLAMA: lambda _: None,
    EngineType.MOCK: lambda _: None,
}
"""Every other engine reads what transformers reads: the loader leaves out copies in other formats by itself."""


def wanted_files(spec: ModelServiceSpec) -> Files | None:
    """What this engine reads of the model; None where nobody knows, or it reads nothing."""
    said = spec.model_source
    if said.include or said.exclude:
        return Files(tuple(said.include), tuple(said.exclude))
    known = READ.get(spec.engine.type)
    return known(spec) if known else ALL
