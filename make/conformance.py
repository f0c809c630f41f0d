"""Writes into docs/engines.md what each engine was asked and how it was proven: `make reference`.

What was answered comes from the record of the tests (tests/engines/results.json), what was read of an engine's options
from the tables in operator/modelservice/engines/data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from modelservice.api.engine import EngineType

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "engines.md"
RECORD = ROOT / "tests" / "engines" / "results.json"
TABLES = ROOT / "operator" / "modelservice" / "engines" / "data"
BEGIN, END = "<!-- begin: make reference -->\n", "<!-- end -->\n"
COMMAND_LINES = {
    **dict.fromkeys(("vllm", "aphrodite", "sglang", "infinity", "mock"), "its own parser takes them"),
    "llamacpp": "the server's own parser takes them",
    "tgi": "clap takes them, compiled with the launcher's own definition",
    **dict.fromkeys(("triton", "remote"), "the server itself takes them"),
    "ollama": "it has none: its variables are read from its Go source",
    "custom": "the words are the user's",
}
"""How `make engines-catalogue` proves the command lines of the golden cases."""
Record = dict[str, dict[str, Any]]


def written(page: str) -> str:
    """The page with today's tables between its two marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}{tables(json.loads(RECORD.read_text()))}{END}{after}"


def tables(record: Record) -> str:
    return "\n".join((*answers(record), "", *proofs(record), ""))


def answers(record: Record) -> Iterator[str]:
    """One row a question, one column an engine."""
    engines = list(dict.fromkeys(told["engine"] for told in record.values()))
    yield _row("asked", *(f"`{engine}`" for engine in engines))
    yield _row(*["---"] * (len(engines) + 1))
    for question in dict.fromkeys(question for told in record.values() for question in told["answers"]):
        yield _row(question, *(cell(question, _subjects(record, engine)) for engine in engines))


def cell(question: str, subjects: Iterable[dict[str, Any]]) -> str:
    """What the engine answers as it is usually started, or else as it is started for a task that offers this."""
    told = [(one["for"], one["answers"][question]) for one in subjects if question in one["answers"]]
    if not told:
        return "not asked"
    first, usual = told[0]
    if usual == "ok":
        return "yes"
    other = next((main for main, answer in told[1:] if answer == "ok" and main == question), "")
    return f"yes, for {other}" if other and first != other else str(usual)


def proofs(record: Record) -> Iterator[str]:
    """How much of each engine was seen."""
    yield _row("engine", "in pods of the lab, through its Service", "options", "golden command lines")
    yield _row(*["---"] * 4)
    for type in EngineType:
        ran = _subjects(record, type.value)
        version = f"{named(ran[0])}: {', '.join(one['for'] for one in ran)}" if ran else "not run here"
        yield _row(f"`{type.value}`", version, options(type), COMMAND_LINES[type])


def named(told: dict[str, Any]) -> str:
    return f"version {told['version']}" if told["version"] else "an image of one's own"


def options(type: EngineType) -> str:
    tables = [json.loads(file.read_text()) for file in sorted(TABLES.glob(f"{type.value}-[0-9]*.json"))]
    read = [f"{table['version']}: {len(table['options'])} read from its own parser or source" for table in tables]
    return "; ".join(read) or "none of its own, or none read"


def _subjects(record: Record, engine: str) -> list[dict[str, Any]]:
    return [told for told in record.values() if told["engine"] == engine]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
