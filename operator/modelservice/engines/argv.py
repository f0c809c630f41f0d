"""Reads an engine's command line as the engine's own parser would: Python's argparse, with vLLM's additions; others
have a module of their own.

argparse itself stops at the first mistake and speaks through exit and stderr; a spec deserves every mistake at once,
each with its place. A test holds this reader against argparse over generated command lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from modelservice.engines.exact import read_exact
from modelservice.engines.literal import read_literal
from modelservice.engines.options import Dialect, Holds, Kind, Option, OptionTable
from modelservice.engines.said import Reading, Said
from modelservice.engines.values import problem_of

_NEGATIVE_NUMBER = re.compile(r"-\d+|-\d*\.\d+")
_TAKES_NOTHING = (Kind.FLAG, Kind.BOOLEAN)
_NO_JSON = (Holds.INTEGER, Holds.NUMBER, Holds.SIZE, Holds.SIZE_OR_AUTO)
_LEVEL = "--optimization-level"
_ELSEWHERE = {Dialect.LITERAL: read_literal, Dialect.CLICK: read_exact, Dialect.CLAP: read_exact}


def read(words: Sequence[str], table: OptionTable) -> Reading:
    """Never fails: what is wrong stands in `problem`, `stray`, or is an option that nobody knows."""
    elsewhere = _ELSEWHERE.get(table.dialect)
    if elsewhere:
        return elsewhere(words, table)
    said: list[Said] = []
    stray: list[tuple[int, str]] = []
    index = 0
    while index < len(words):
        if words[index] == "--":
            stray += enumerate(words[index:], index)
            break
        found = _option_at(words, index, table)
        if found is None:
            stray.append((index, words[index]))
            index += 1
            continue
        said.append(found)
        index += len(found.words)
    return Reading(tuple(said), tuple(stray))


def _option_at(words: Sequence[str], index: int, table: OptionTable) -> Said | None:
    """The option that begins at this word, with the words that it takes; None when the word is a value."""
    word = words[index]
    if table.flexible and _has_dot(word):
        return _dotted(words, index, table)
    if table.flexible and word.startswith("-O"):
        return _level(words, index, table)
    found = _classify(word, table)
    if found is None:
        return None
    said, attached = found
    said = replace(said, index=index)
    return _take(said, attached, words, table) if said.option else _take_all(said, words, table)


def _classify(word: str, table: OptionTable) -> tuple[Said, str | None] | None:
    """argparse's own order: the exact name, the name before `=`, an unambiguous beginning, and only then a value."""
    if len(word) < 2 or word[0] != "-":
        return None
    plain = _dashed(word) if table.flexible else word
    name, equals, rest = plain.partition("=")
    attached = rest if equals else None
    if plain in table.by_name:
        return Said(0, (word,), plain, table.by_name[plain]), None
    if equals and name in table.by_name:
        return Said(0, (word,), name, table.by_name[name]), attached
    if name in table.retired:
        return Said(0, (word,), name), attached
    beginnings = _beginnings(plain, table)
    if len(beginnings) > 1:
        names = ", ".join(f"`{candidate}`" for candidate, _ in sorted(beginnings))
        return Said(0, (word,), name, problem=f"may mean {names}: write it in full"), attached
    if beginnings:
        full, attached = beginnings[0]
        return Said(0, (word,), full, table.by_name[full]), attached
    if _NEGATIVE_NUMBER.fullmatch(word) or " " in word:
        return None
    return Said(0, (word,), name), attached


def _beginnings(word: str, table: OptionTable) -> list[tuple[str, str | None]]:
    """The options that this word begins; a single dash may also carry its value at once (`-q4`)."""
    if word.startswith("--"):
        name, equals, rest = word.partition("=")
        return [(full, rest if equals else None) for full in table.by_name if full.startswith(name)]
    short: list[tuple[str, str | None]] = [(word[:2], word[2:])] if word[:2] in table.by_name else []
    return short + [(full, None) for full in table.by_name if full.startswith(word)]


def _take(said: Said, attached: str | None, words: Sequence[str], table: OptionTable) -> Said:
    """The values that follow, as many as the option's kind takes."""
    option = said.option
    assert option is not None
    if attached is not None:
        if option.kind in _TAKES_NOTHING:
            return replace(said, values=(attached,), problem=f"takes no value, and `{attached}` is given")
        return _checked(replace(said, values=(attached,)))
    following = _values_after(said.index, words, table, limit=_most(option))
    said = replace(said, words=(*said.words, *following), values=following)
    if not following and option.kind in (Kind.VALUE, Kind.APPEND, Kind.LIST):
        return replace(said, problem="needs a value")
    return _checked(said)


def _take_all(said: Said, words: Sequence[str], table: OptionTable) -> Said:
    """An option that nobody knows may take whatever follows."""
    following = _values_after(said.index, words, table, limit=None)
    return replace(said, words=(*said.words, *following), values=following)


def _most(option: Option) -> int | None:
    """How many words this kind of option takes at most."""
    if option.kind in _TAKES_NOTHING:
        return 0
    return None if option.kind is Kind.LIST else 1


def _values_after(index: int, words: Sequence[str], table: OptionTable, limit: int | None) -> tuple[str, ...]:
    taken: list[str] = []
    for word in words[index + 1 :]:
        if len(taken) == limit or word == "--" or _begins_option(word, table):
            break
        taken.append(word)
    return tuple(taken)


def _begins_option(word: str, table: OptionTable) -> bool:
    if table.flexible and (_has_dot(word) or word.startswith("-O")):
        return True
    return _classify(word, table) is not None


def _checked(said: Said) -> Said:
    assert said.option is not None
    problems = (problem_of(said.option, value) for value in said.values)
    return replace(said, problem=next((problem for problem in problems if problem), ""))


def _has_dot(word: str) -> bool:
    """vLLM reads `--speculative-config.method ngram` as a part of a JSON option."""
    return word.startswith("-") and "." in word.partition("=")[0]


def _dotted(words: Sequence[str], index: int, table: OptionTable) -> Said:
    """A part of a JSON option. Its value is the next word, whatever it looks like."""
    word = words[index]
    path, equals, rest = word.partition("=")
    following = () if equals else tuple(words[index + 1 : index + 2])
    head = path.partition(".")[0]
    found = _classify(head, table)
    said = found[0] if found else Said(0, (word,), head)
    said = replace(said, index=index, words=(word, *following), values=(rest,) if equals else following)
    if said.option is None or said.problem:
        return said
    if said.option.kind in _TAKES_NOTHING or said.option.choices or said.option.holds in _NO_JSON:
        return replace(said, problem="holds no JSON, so it has no parts")
    return said if said.values else replace(said, problem="needs a value")


def _level(words: Sequence[str], index: int, table: OptionTable) -> Said:
    """vLLM's `-O3`, `-O=3` and `-O 3`."""
    word = words[index]
    option = table.by_name.get(_LEVEL)
    if word == "-O":
        following = tuple(words[index + 1 : index + 2])
        if following and following[0] in ("0", "1", "2", "3"):
            return Said(index, (word, *following), _LEVEL, option, following)
        return Said(index, (word,), word)
    return Said(index, (word,), _LEVEL, option, (word[3:] if word[2] == "=" else word[2:],))


def _dashed(word: str) -> str:
    """vLLM takes `_` for `-` in the name of a long option, and nowhere else."""
    if not word.startswith("--"):
        return word
    name, equals, rest = word.partition("=")
    return name.replace("_", "-") + equals + rest
