"""The real options of an engine at one version, read from its own parser and kept as data in this package."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from modelservice.engines.version import Version, release

NEGATION = "--no-"


class Dialect(StrEnum):
    """How an engine reads its command line: Python's argparse; vLLM's, which bends it; llama.cpp's, word by word;
    click, of other Python programs, and clap, of Rust's; or not at all, but variables of its environment.
    """

    ARGPARSE = "argparse"
    FLEXIBLE = "flexible"
    LITERAL = "literal"
    CLICK = "click"
    CLAP = "clap"
    ENVIRONMENT = "environment"


class Kind(StrEnum):
    """How many words follow an option: none, one, perhaps one, two, at least one; `append` is one, repeatable."""

    FLAG = "flag"
    BOOLEAN = "boolean"
    VALUE = "value"
    OPTIONAL = "optional"
    PAIR = "pair"
    LIST = "list"
    APPEND = "append"


class Holds(StrEnum):
    """What each of those words is; a size is a number such as `8k`, which JSON objects may hold as well."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    SIZE = "size"
    SIZE_OR_AUTO = "size-or-auto"
    JSON = "json"
    JSON_OBJECT = "json-object"
    JSON_OR_TEXT = "json-or-text"


@dataclass(frozen=True, slots=True)
class Option:
    """One option with all its names.

    `none`: an empty word or `None` unsets it. Among choices, `lowered`: case is alike; `folded`: so are `-` and `_`.
    `unless` is an option that adds choices which nobody here knows.
    """

    names: tuple[str, ...]
    kind: Kind
    holds: Holds = Holds.TEXT
    choices: tuple[str, ...] = ()
    none: bool = False
    lowered: bool = False
    folded: bool = False
    unless: str = ""

    @property
    def name(self) -> str:
        """The name that stands for all of them."""
        return self.names[0]

    @property
    def negation(self) -> str | None:
        """The name that says no. A flag may begin like one and say something of its own: `--no-host`."""
        if self.kind is not Kind.BOOLEAN:
            return None
        return next((name for name in self.names if name.startswith(NEGATION)), None)


@dataclass(frozen=True)
class OptionTable:
    """All options of one version, and how its parser reads them."""

    engine: str
    version: Version
    dialect: Dialect
    by_name: Mapping[str, Option]
    retired: Mapping[str, str]
    """Options of older versions -> what to write instead."""
    _long: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_long", tuple(name for name in self.by_name if name.startswith("--")))

    @property
    def flexible(self) -> bool:
        """Whether `--under_score` and `--json-option.key value` are taken as well."""
        return self.dialect is Dialect.FLEXIBLE

    def nearest(self, name: str) -> str | None:
        """The real option that somebody most likely meant."""
        return next(iter(difflib.get_close_matches(name, self._long, n=1, cutoff=0.7)), None)


@cache
def tables(engine: str) -> tuple[OptionTable, ...]:
    """The tables that this package has for an engine, newest first."""
    folder = files("modelservice.engines") / "data"
    retired = folder / f"{engine}-retired.json"
    gone = json.loads(retired.read_text()) if retired.is_file() else {}
    texts = [file.read_text() for file in folder.iterdir() if _is_table(file.name, engine)]
    found = [_table(json.loads(text), gone) for text in texts]
    return tuple(sorted(found, key=lambda table: table.version, reverse=True))


def table_of(engine: str, version: Version | None) -> tuple[OptionTable, bool]:
    """The table to read a command line by, and whether it is that very version's; else it is the newest, a guess."""
    known = tables(engine)
    exact = [table for table in known if table.version == version]
    return (exact or list(known))[0], bool(exact)


def _is_table(file: str, engine: str) -> bool:
    return file.startswith(f"{engine}-") and file.endswith(".json") and file != f"{engine}-retired.json"


def _table(data: Mapping[str, Any], retired: Mapping[str, str]) -> OptionTable:
    version = release(data["version"])
    if version is None:
        raise ValueError(f"the option table of {data['engine']} has no release as its version: {data['version']}")
    options = _options(data["options"])
    names = {name: option for option in options for name in option.names}
    gone = {name: advice for name, advice in retired.items() if name not in names}
    return OptionTable(data["engine"], version, Dialect(data["dialect"]), names, gone)


def _options(rows: Iterable[Mapping[str, Any]]) -> list[Option]:
    return [
        Option(
            names=tuple(row["names"]),
            kind=Kind(row["kind"]),
            holds=Holds(row.get("holds", Holds.TEXT)),
            choices=tuple(row.get("choices", ())),
            none=row.get("none", False),
            lowered=row.get("lowered", False),
            folded=row.get("folded", False),
            unless=row.get("unless", ""),
        )
        for row in rows
    ]
