"""Turns `engine.options`, a map, into the words that `engine.args` would have said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelservice.engines.argv import read
from modelservice.engines.options import NEGATION, Dialect, Holds, Kind, Option, OptionTable
from modelservice.engines.said import Said

_JSON = (Holds.JSON, Holds.JSON_OBJECT, Holds.JSON_OR_TEXT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the map and what it says; nothing for a flag that stays off."""

    key: str
    said: tuple[Said, ...]
    problem: str = ""


class _BadValueError(Exception):
    """This option takes no such value."""


def entry(key: str, value: Any, table: OptionTable, exact: bool) -> Entry:
    """The option named `key`, with dashes before it or without, and its value by the option's kind.

    Where the table is not `exact`, a value that does not fit is written as its own form suggests.
    """
    name = key if key.startswith("-") else f"--{key}"
    reading = read([name], table)
    if value is None:
        return Entry(key, (), "has no value: write `true` for a flag, or leave the option out")
    if not reading.said:
        return Entry(key, (), "is no name of an option")
    named = reading.said[0]
    if named.option is not None and "." not in name:
        name = named.name
    try:
        return Entry(key, read(_words(name, named.option, value, table), table).said)
    except _BadValueError as error:
        if exact:
            return Entry(key, (), str(error))
        words = tuple(_guessed(name, value, table))
        return Entry(key, (replace(named, words=words, values=words[1:], problem=str(error)),))


def _words(name: str, option: Option | None, value: Any, table: OptionTable) -> Sequence[str]:
    if option is None or "." in name:
        return _guessed(name, value, table)
    if option.kind in (Kind.FLAG, Kind.BOOLEAN):
        return _switch(name, option, value)
    if isinstance(value, list) and option.kind in (Kind.LIST, Kind.PAIR):
        return [name, *map(_text, value)]
    if isinstance(value, list) and option.kind is Kind.APPEND:
        return [word for item in value for word in _pair(name, _text(item), table)]
    if isinstance(value, bool) and {"true", "false"} <= set(option.choices):
        return [name, _text(value)]
    if isinstance(value, bool) and option.kind is Kind.OPTIONAL:
        return [name] if value else []
    if isinstance(value, list | dict | bool) and option.holds not in _JSON and not _holds_objects(option, value):
        raise _BadValueError("takes one value: a text or a number")
    return _pair(name, _text(value), table)


def _holds_objects(option: Option, value: Any) -> bool:
    """Lists of text may hold JSON objects, as `--lora-modules` does."""
    return option.kind is Kind.LIST and isinstance(value, dict)


def _switch(name: str, option: Option, value: Any) -> Sequence[str]:
    if not isinstance(value, bool):
        raise _BadValueError("is on or off: write `true` or `false`")
    if value:
        return [name]
    if name.startswith(NEGATION) and option.kind is Kind.BOOLEAN:
        return [option.name]
    return [option.negation] if option.negation else []


def _guessed(name: str, value: Any, table: OptionTable) -> Sequence[str]:
    """For an option of which no table tells the kind."""
    if isinstance(value, bool) and "." not in name:
        return [name if value else NEGATION + name.removeprefix("--")]
    if isinstance(value, list) and "." not in name:
        return [name, *map(_text, value)]
    return _pair(name, _text(value), table)


def _pair(name: str, value: str, table: OptionTable) -> Sequence[str]:
    """Two words, but one where the value would be read as an option."""
    joined = value.startswith("-") and table.dialect is not Dialect.LITERAL
    return [f"{name}={value}"] if joined else [name, value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
