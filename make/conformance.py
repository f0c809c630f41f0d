"""Writes into docs/engines.md what each engine was asked, how it was proven and what it measures: `make reference`.

What was answered comes from the record of the tests (tests/engines/results.json), what was read of an engine's options
from the tables in operator/modelservice/engines/data, the names of metrics from the engines themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import ENGINES
from modelservice.engines.meters import Meters

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "engines.md"
RECORD = ROOT / "tests" / "engines" / "results.json"
TABLES = ROOT / "operator" / "modelservice" / "engines" / "data"
ANSWERS, METRICS, END = (
    "<!-- begin: make reference -->\n",
    "<!-- begin: make reference, metrics -->\n",
    "<!-- end -->\n",
)
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
    """The page with today's tables between their marks."""
    page = put(page, ANSWERS, tables(json.loads(RECORD.read_text())))
    return put(page, METRICS, "\n".join((*metrics(), "")))


def put(page: str, mark: str, text: str) -> str:
    before, rest = page.split(mark)
    after = rest.partition(END)[2]
    return f"{before}{mark}{text}{END}{after}"


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
        kinds = dict.fromkeys(one["for"] for one in ran)
        version = f"{named(ran[0])}: {', '.join(kinds)}" if ran else "not run here"
        yield _row(f"`{type.value}`", version, options(type), COMMAND_LINES[type])


def metrics() -> Iterator[str]:
    """One row an engine that tells how busy it is."""
    yield _row("engine", "running", "waiting", "cache in use", "to the first token", "tokens of answers", "of prompts")
    yield _row(*["---"] * 7)
    for type, engine in ENGINES.items():
        if engine.meters:
            yield _row(f"`{type.value}`", *map(_code, spelled(engine.meters)))


def spelled(meters: Meters) -> tuple[str, ...]:
    cache = next(iter(meters.cache), "")
    return meters.running, meters.waiting, cache, meters.first_token, meters.generated, meters.prompted


def _code(name: str) -> str:
    return f"`{name}`" if name else "none"


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
