"""Puts an engine's command line together from all who have a say: args, then options, then serving, then ours.

Nothing is said twice, nothing is dropped in silence, and what the user wrote keeps its order and its words.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelservice.api.engine import Engine as EngineSpec
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.argv import read
from modelservice.engines.flag import Flag
from modelservice.engines.option_map import entry
from modelservice.engines.options import Kind, OptionTable, table_of
from modelservice.engines.said import Said
from modelservice.engines.version import Version, release, text


@dataclass(frozen=True, slots=True)
class Wish:
    """A flag that we would emit: a field of the spec asks for it, or (without a field) the engine needs it from us."""

    flag: Flag
    values: tuple[str, ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One option that the user said, and in which field."""

    field: str
    said: Said


@dataclass(frozen=True)
class CommandLine:
    """What the user said, read by the table of the version that runs; a table of another version only warns."""

    name: str
    table: OptionTable
    exact: bool
    version: Version | None
    written: tuple[str, ...]
    """`engine.args`, word for word."""
    args: tuple[Spoken, ...]
    options: tuple[Spoken, ...]
    faults: tuple[Finding, ...]

    @cached_property
    def _spoken(self) -> Mapping[str, Spoken]:
        return {spoken.said.key: spoken for spoken in (*self.options, *self.args)}

    def says(self, *names: str) -> bool:
        """Whether the user said one of these options."""
        return any(name in self._spoken for name in names)

    def value(self, name: str) -> str | None:
        """The value that counts of an option that the user said."""
        spoken = self._spoken.get(name)
        return spoken.said.values[-1] if spoken and spoken.said.values else None

    def number(self, name: str, default: int) -> int:
        """A number that the user said; the default where they said nothing, or what is no number."""
        value = self.value(name) or ""
        return int(value) if value.isdecimal() else default

    def words(self, wishes: Sequence[Wish]) -> tuple[str, ...]:
        """Ours and serving's where the user said nothing else, then the user's own words."""
        kept = [wish for wish in wishes if self._keeps(wish)]
        ours = (word for wish in kept for word in (wish.flag.name, *wish.values))
        options = (word for spoken in self.options if self._stands(spoken) for word in spoken.said.words)
        return (*ours, *options, *self.written)

    def findings(self, wishes: Sequence[Wish], reserved: Mapping[str, str]) -> tuple[Finding, ...]:
        """All that is wrong: in the user's words, in what they say twice, and in wishes that this version lacks."""
        return (
            *self.faults,
            *(finding for spoken in (*self.options, *self.args) for finding in self._reserved(spoken, reserved)),
            *(self._overruled(spoken.field, spoken.said.key) for spoken in self.options if not self._stands(spoken)),
            *(finding for wish in wishes if wish.field for finding in self._unmet(wish)),
            *(finding for wish in wishes if wish.field for finding in self._misfit(wish)),
        )

    def _keeps(self, wish: Wish) -> bool:
        if wish.flag.known_to(self.version) is not True and not wish.field:
            return False
        option = self.table.by_name.get(wish.flag.name)
        key = option.name if option else wish.flag.name
        return key not in self._spoken or (option is not None and option.kind is Kind.APPEND)

    def _stands(self, spoken: Spoken) -> bool:
        """Whether an entry of the map is not overruled by `args`."""
        option = spoken.said.option
        appends = option is not None and option.kind is Kind.APPEND
        return appends or all(spoken.said.key != other.said.key for other in self.args)

    def _reserved(self, spoken: Spoken, reserved: Mapping[str, str]) -> Iterable[Finding]:
        advice = reserved.get(spoken.said.key)
        if advice:
            yield Finding(Reason.INVALID_OPTION, spoken.field, f"`{spoken.said.name}` does not belong here: {advice}.")

    def _overruled(self, field: str, name: str) -> Finding:
        by = self._spoken[name]
        message = f"`{by.said.words[0]}` in {by.field} wins over {field}; remove one of the two."
        return Finding(Reason.INVALID_OPTION, field, message, refuses=False)

    def _unmet(self, wish: Wish) -> Iterable[Finding]:
        if not self._keeps(wish):
            option = self.table.by_name.get(wish.flag.name)
            yield self._overruled(wish.field, option.name if option else wish.flag.name)
            return
        known = wish.flag.known_to(self.version)
        if known:
            return
        message = f"{wish.field} becomes `{wish.flag.name}`, which {wish.flag.range(self.name)}"
        if known is None:
            message += "; the version of this image is unknown. Set engine.version"
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, wish.field, f"{message}.", refuses=known is False)

    def _misfit(self, wish: Wish) -> Iterable[Finding]:
        """A field whose value the engine would not take."""
        reading = read([wish.flag.name, *wish.values], self.table)
        told = (problem_with(said, self._spoken) or ("" if said.option else "is unknown") for said in reading.said)
        problem = next(filter(None, told), "")
        if problem:
            message = f"{wish.field} becomes `{wish.flag.name}`, which {problem}."
            yield Finding(Reason.INVALID_OPTION, wish.field, message, refuses=self.exact)


def command_line(spec: EngineSpec, version: str | None, name: str, engine: str) -> CommandLine:
    """Reads `engine.args` and `engine.options`; `name` is how people write the engine's."""
    running = release(version)
    table, exact = table_of(engine, running)
    reader = _Reader(f"{name} {text(table.version)}", table, exact, version)
    args = reader.args(spec.args)
    options = [spoken for key, value in spec.options.items() for spoken in reader.option(key, value)]
    reader.judge((*args, *options))
    return CommandLine(name, table, exact, running, tuple(spec.args), tuple(args), tuple(options), tuple(reader.faults))


def problem_with(said: Said, keys: Container[str]) -> str:
    """What the engine would not take of it, where these options are said as well; empty when nothing."""
    opened = said.option is not None and said.option.unless in keys
    return "" if opened else said.problem


class _Reader:
    """Collects what is wrong while it reads."""

    def __init__(self, title: str, table: OptionTable, exact: bool, version: str | None) -> None:
        self.title, self.table, self.exact, self.version = title, table, exact, version
        self.faults: list[Finding] = []

    def args(self, words: Sequence[str]) -> list[Spoken]:
        reading = read(words, self.table)
        for index, word in reading.stray:
            message = f"`{word}` belongs to no option: {self._stray(words, index)}."
            self._fault(Reason.INVALID_OPTION, f"engine.args[{index}]", message)
        return [Spoken(f"engine.args[{said.index}]", said) for said in reading.said]

    def option(self, key: str, value: object) -> list[Spoken]:
        field = f"engine.options.{key}"
        found = entry(key, value, self.table, self.exact)
        if found.problem:
            self.faults.append(Finding(Reason.INVALID_OPTION, field, f"`{key}` {found.problem}."))
        return [Spoken(field, said) for said in found.said]

    def judge(self, everything: Sequence[Spoken]) -> None:
        """Each word by what the others say as well."""
        keys = {spoken.said.key for spoken in everything}
        for spoken in everything:
            self._judge(spoken, keys)

    def _stray(self, words: Sequence[str], index: int) -> str:
        before = next((word for word in reversed(words[:index]) if word.startswith("-")), "")
        if before:
            return f"`{before}` before it takes no more values"
        return "the model is named by `model`, and every option begins with `--`"

    def _judge(self, spoken: Spoken, keys: Container[str]) -> None:
        said = spoken.said
        if problem := problem_with(said, keys):
            self._fault(Reason.INVALID_OPTION, spoken.field, f"`{said.name}` {problem}.")
        elif said.option is None:
            self._fault(Reason.UNKNOWN_OPTION, spoken.field, self._unknown(said.name))

    def _unknown(self, name: str) -> str:
        advice = self.table.retired.get(name)
        if advice:
            return f"`{name}` is gone in {self.title}: {advice}."
        nearest = self.table.nearest(name)
        hint = f" Did you mean `{nearest}`?" if nearest else ""
        return f"`{name}` is no option of {self.title}.{hint}"

    def _fault(self, reason: Reason, field: str, message: str) -> None:
        if not self.exact:
            version = f"version {self.version}" if self.version else "an image of unknown version"
            message += f" It is passed on, since no option list of {version} is at hand."
        self.faults.append(Finding(reason, field, message, refuses=self.exact))
