"""What vLLM, and what descends from it, would not take or not take notice of, though each word of it is right."""

from __future__ import annotations

from collections.abc import Iterable

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.command_line import CommandLine
from modelservice.engines.engine import Ask
from modelservice.engines.vllm_words import PARALLEL, others

OWN_PYTHON = "/etc/modelservice/python"


def combined(ask: Ask, line: CommandLine, title: str) -> Iterable[Finding]:
    """Sizes against GPUs, adapters, our files, its configuration file."""
    yield from _parallel_findings(ask, line)
    yield from _adapter_findings(ask, title)
    yield from _middleware_findings(ask)
    yield from _config_findings(line, title)


def _parallel_findings(ask: Ask, line: CommandLine) -> Iterable[Finding]:
    if ask.gpus == 0 or line.number("--nnodes", 1) > 1 or not line.says(*PARALLEL):
        return
    ranks = others(line)
    needed = ranks * line.number("--tensor-parallel-size", max(1, ask.gpus // ranks))
    if needed == ask.gpus:
        return
    said = ", ".join(f"`{name}`" for name in PARALLEL if line.says(name))
    message = f"{said} need {needed} GPUs in one pod, and gpu.count gives {ask.gpus}: set gpu.count: {needed}."
    yield Finding(Reason.INVALID_OPTION, "gpu.count", message, refuses=needed > ask.gpus)


def _adapter_findings(ask: Ask, title: str) -> Iterable[Finding]:
    for adapter in ask.adapters:
        if adapter.model.revision:
            message = f"{title} takes no revision of an adapter: write `{adapter.model.argument}` for `{adapter.name}`."
            yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "serving.loraAdapters", message)
        if adapter.name in ask.served_names:
            message = f"`{adapter.name}` is a name of the model itself; give the adapter another one."
            yield Finding(Reason.INVALID_SPEC, "serving.loraAdapters", message)


def _middleware_findings(ask: Ask) -> Iterable[Finding]:
    """It finds our files by PYTHONPATH, and the user's environment wins over ours."""
    paths = next((env.get("value") or "" for env in ask.spec.engine.env if env["name"] == "PYTHONPATH"), OWN_PYTHON)
    if OWN_PYTHON not in paths.split(":"):
        message = f"PYTHONPATH must hold `{OWN_PYTHON}`: write `{OWN_PYTHON}:{paths}`."
        yield Finding(Reason.INVALID_SPEC, "engine.env", message)


def _config_findings(line: CommandLine, title: str) -> Iterable[Finding]:
    """It looks for the very word `--config`; of any other form it takes no notice and says nothing."""
    for spoken in line.args:
        if spoken.said.key == "--config" and spoken.said.words[0] != "--config":
            message = f"{title} reads no file unless `--config` and its path are two words: write them so."
            yield Finding(Reason.INVALID_OPTION, spoken.field, message)
