"""One way for an engine to die: how its log says so, what that means, and which field to change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelservice.api.reasons import Reason

NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Cause:
    """Named groups of `pattern` fill `says` and `fix`, two sentences: what happened, and what to change.

    `{field}` in `fix` becomes the field in which the user said the engine's `option`; a pattern with a group of that
    name finds the option itself. `passing` marks trouble that may end without a person.
    """

    pattern: re.Pattern[str]
    reason: Reason
    says: str
    fix: str
    option: str = ""
    passing: bool = False


@dataclass(frozen=True, slots=True)
class CauseTable:
    """An engine's causes, the most telling first, and how to read its log.

    `prefix` is cut off each line, `noise` are lines that say nothing of a death, `wrapper` are errors that only point
    at another one. `fields` says which attribute of `spec.serving` becomes which option.
    """

    causes: tuple[Cause, ...]
    prefix: re.Pattern[str] = NOTHING
    noise: re.Pattern[str] = NOTHING
    wrapper: re.Pattern[str] = NOTHING
    fields: Mapping[str, str] = field(default_factory=dict)


def cause(pattern: str, reason: Reason, says: str, fix: str, *, option: str = "", passing: bool = False) -> Cause:
    """A row of a table; `^` and `$` in the pattern are those of a line."""
    return Cause(re.compile(pattern, re.M), reason, says, fix, option, passing)
