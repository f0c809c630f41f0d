"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from modelservice.cli.cluster import Cluster


class Found(StrEnum):
    """`PROBLEM`: ModelServices do not work, or not all of them. `UNKNOWN`: the user may not look."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """`about` is what was looked at, in a word or two; `fix` is empty where nothing is to be done."""

    about: str
    found: Found
    message: str
    fix: str = ""


Checker = Callable[[Cluster], Iterator[Check]]
