"""Which engines are installed on this machine, in which version, and which of them suits a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelservice.api.engine import EngineType
from modelservice.local.errors import ENGINE_MISSING, ModelServerError
from modelservice.local.machine import Machine, has_module

ELSE = "or try engine mock, which needs nothing"


@dataclass(frozen=True, slots=True)
class Installation:
    """`program` is what its command line begins with; `module` is needed too where that is Python; `distribution` is
    the Python package that knows the version.
    """

    program: str
    hint: str
    module: str = ""
    distribution: str = ""


INSTALLATIONS: Mapping[EngineType, Installation] = {
    EngineType.VLLM: Installation(
        "vllm", f"`pip install vllm` brings it where there is a GPU; {ELSE}", distribution="vllm"
    ),
    EngineType.SGLANG: Installation(
        "python3", f"`pip install sglang` brings it; {ELSE}", module="sglang", distribution="sglang"
    ),
    EngineType.LLAMACPP: Installation(
        "llama-server", f"`brew install llama.cpp` or your distribution's package llama.cpp brings it; {ELSE}"
    ),
    EngineType.MOCK: Installation("python3", "`pip install modelservice` brings it", module="mock_server"),
    EngineType.CUSTOM: Installation("", "install it, or begin engine.args with its whole path"),
}
BY_ITSELF = (EngineType.LLAMACPP, EngineType.VLLM, EngineType.SGLANG)
"""What is taken where nobody says an engine. The mock answers nothing of worth, so it is never taken unasked."""


def is_installed(kind: EngineType, machine: Machine) -> bool:
    wanted = INSTALLATIONS[kind]
    return machine.program(wanted.program) is not None and (not wanted.module or has_module(wanted.module))


def require(kind: EngineType, word: str, machine: Machine) -> Path:
    """The program of this machine that the first word of the command line names."""
    wanted = INSTALLATIONS[kind]
    program = machine.program(word)
    if program is None or (wanted.module and not has_module(wanted.module)):
        lacking = wanted.module if program else word.rpartition("/")[2]
        raise ModelServerError(f"`{lacking}` is not installed on this machine.", ENGINE_MISSING, hint=wanted.hint)
    return program


def version(kind: EngineType, machine: Machine) -> str | None:
    """The version that would run, where that can be seen without running it."""
    wanted = INSTALLATIONS.get(kind)
    program = machine.program(wanted.program) if wanted and wanted.distribution else None
    if wanted is None or program is None:
        return None
    for prefix in (program.parent.parent, program.resolve().parent.parent):
        for found in prefix.glob(f"lib/python3*/site-packages/{wanted.distribution}-*.dist-info"):
            return found.name.removesuffix(".dist-info").partition("-")[2].partition("+")[0]
    return None


def suited(model: str, machine: Machine) -> EngineType:
    """The installed engine for this model: GGUF files are llama.cpp's, all else is not."""
    gguf = Path(model).suffix == ".gguf" or model.lower().endswith("gguf")
    for kind in BY_ITSELF:
        if is_installed(kind, machine) and (kind is EngineType.LLAMACPP) == gguf:
            return kind
    raise ModelServerError(
        f"No engine for {model} is installed on this machine.",
        ENGINE_MISSING,
        hint=INSTALLATIONS[EngineType.LLAMACPP if gguf else EngineType.VLLM].hint,
    )
