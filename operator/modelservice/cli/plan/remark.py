"""What a plan remarks on: one thing that would be refused, would keep pods waiting, or could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`ERROR`: it would be refused. `WARNING`: it would be applied, and then something is amiss. `NOTE`: what is not
    known."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """`reason` is the word that the status would bear, where there is one; `field` the place in the YAML."""

    severity: Severity
    message: str
    field: str = ""
    reason: str = ""
