"""Reads a command line as llama.cpp does: names in full, no `=`, and the next word is the value, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence

from modelservice.engines.options import Kind, OptionTable
from modelservice.engines.said import Reading, Said
from modelservice.engines.values import problem_of

_VALUES = {Kind.FLAG: 0, Kind.BOOLEAN: 0, Kind.PAIR: 2}


def read_literal(words: Sequence[str], table: OptionTable) -> Reading:
    """Never fails: what is wrong stands in `problem`, `stray`, or is an option that nobody knows."""
    said: list[Said] = []
    stray: list[tuple[int, str]] = []
    index = 0
    while index < len(words):
        if not words[index].startswith("-"):
            stray.append((index, words[index]))
            index += 1
            continue
        said.append(_option_at(words, index, table))
        index += len(said[-1].words)
    return Reading(tuple(said), tuple(stray))


def _option_at(words: Sequence[str], index: int, table: OptionTable) -> Said:
    name = _dashed(words[index])
    option = table.by_name.get(name)
    if option is None:
        return _unknown(words, index, name, table)
    count = _VALUES.get(option.kind, 1)
    values = tuple(words[index + 1 : index + 1 + count])
    if len(values) < count:
        problem: str | None = "needs a value" if count == 1 else f"needs {count} values"
    else:
        problem = next((problem for value in values if (problem := problem_of(option, value))), None)
    return Said(index, (words[index], *values), name, option, values, problem or "")


def _unknown(words: Sequence[str], index: int, name: str, table: OptionTable) -> Said:
    """An option that nobody knows, with all that may be its value; or one that is joined to its value."""
    name, equals, value = name.partition("=")
    option = table.by_name.get(name) if equals else None
    if option:
        return Said(index, (words[index],), name, option, (value,), f"takes its value as a word of its own: `{value}`")
    end = index + 1
    while end < len(words) and not words[end].startswith("-"):
        end += 1
    return Said(index, tuple(words[index:end]), name, None, tuple(words[index + 1 : end]))


def _dashed(word: str) -> str:
    """llama.cpp takes `_` for `-` in the name of a long option."""
    return word.replace("_", "-") if word.startswith("--") and "=" not in word else word
