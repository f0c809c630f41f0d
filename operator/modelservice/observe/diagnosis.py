"""Why an engine died, read off its log: a cause that is known, or else the line that matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelservice.api.engine import EngineType
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.observe.causes.cause import Cause, CauseTable
from modelservice.observe.causes.common import COMMON
from modelservice.observe.causes.llamacpp import LLAMACPP
from modelservice.observe.causes.vllm import VLLM
from modelservice.observe.said import said
from modelservice.observe.words import sentence

TABLES = {EngineType.VLLM: VLLM, EngineType.LLAMACPP: LLAMACPP}
SHARED = CauseTable(causes=COMMON)
"""For engines that have no table of their own."""

LINE_LIMIT = 300
_FRAME = re.compile(r"^(?:\(\w[^)]*\) )?(?:ERROR [^\]]*\] )?(?:  File \"| {4,}\S)")
"""A line of a Python traceback that says where, or the code that was there; vLLM puts a process and a time before."""
_ERROR = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Exit|Interrupt)\b.*|.*\b(?:error|fatal|panic)\b[:!].*", re.I)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened and what to change. `passing` may end without a person."""

    reason: Reason
    message: str
    passing: bool = False


def telling(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines that say what and not where: a log with tracebacks becomes short, and its diagnosis stays the same."""
    return tuple(line for line in lines if line.strip() and not _FRAME.match(line))


def diagnose(lines: Sequence[str], spec: ModelServiceSpec) -> Diagnosis | None:
    """The cause that the log of a run names, or its last error; nothing when the log says nothing."""
    table = TABLES.get(spec.engine.type, SHARED)
    told = [table.prefix.sub("", line) for line in lines if not table.noise.search(line)]
    text = "\n".join(told)
    for cause in table.causes:
        if found := cause.pattern.search(text):
            return _explain(cause, found, spec, table)
    line = _line_that_matters(told, table)
    return Diagnosis(Reason.CRASH_LOOP, f"Its log ends with: {sentence(line)}") if line else None


def _explain(cause: Cause, found: re.Match[str], spec: ModelServiceSpec, table: CauseTable) -> Diagnosis:
    values = {name: " ".join((value or "?").split()).rstrip(".") for name, value in found.groupdict().items()}
    option = values.get("option", cause.option)
    field = said(option, spec, table.fields) if option else ""
    return Diagnosis(
        cause.reason,
        f"{_cut(cause.says.format(**values))} {cause.fix.format(field=field, **values)}",
        cause.passing,
    )


def _line_that_matters(lines: Sequence[str], table: CauseTable) -> str:
    """The last error that is not only a pointer to another; else the last line that says anything."""
    spoken = [line.strip() for line in lines if line.strip()]
    errors = [line for line in spoken if _ERROR.match(line)]
    telling = [line for line in errors if not table.wrapper.search(line)]
    return _cut(next(reversed(telling or errors or spoken), ""))


def _cut(text: str) -> str:
    return text if len(text) <= LINE_LIMIT else text[: LINE_LIMIT - 3].rstrip() + "..."
