"""Reads a command line as click and clap do: names in full, and a value after `=` or as the next word.

They differ in a value that begins with a dash: click takes it, clap wants it joined by `=`.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelservice.engines.options import Dialect, Kind, OptionTable
from modelservice.engines.said import Reading, Said
from modelservice.engines.values import problem_of


def read_exact(words: Sequence[str], table: OptionTable) -> Reading:
    """Never fails: what is wrong stands in `problem`, `stray`, or is an option that nobody knows."""
    said: list[Said] = []
    stray: list[tuple[int, str]] = []
    index = 0
    while index < len(words):
        if not words[index].startswith("-") or words[index] == "--":
            stray.append((index, words[index]))
            index += 1
            continue
        said.append(_option_at(words, index, table))
        index += len(said[-1].words)
    return Reading(tuple(said), tuple(stray))


def _option_at(words: Sequence[str], index: int, table: OptionTable) -> Said:
    name, equals, attached = words[index].partition("=")
    option = table.by_name.get(name)
    if option is None:
        return _unknown(words, index, name)
    if option.kind in (Kind.FLAG, Kind.BOOLEAN):
        problem = f"takes no value, and `{attached}` is given" if equals else ""
        return Said(index, (words[index],), name, option, (attached,) if equals else (), problem)
    following = () if equals else tuple(words[index + 1 : index + 2])
    if table.dialect is Dialect.CLAP and following and following[0].startswith("-"):
        following = ()
    values = (attached,) if equals else following
    problem = (problem_of(option, values[0]) or "") if values else "needs a value"
    return Said(index, (words[index], *following), name, option, values, problem)


def _unknown(words: Sequence[str], index: int, name: str) -> Said:
    """An option that nobody knows, with all that may be its value."""
    end = index + 1
    while end < len(words) and not words[end].startswith("-"):
        end += 1
    return Said(index, tuple(words[index:end]), name, None, tuple(words[index + 1 : end]))
