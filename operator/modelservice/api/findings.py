"""What is wrong with a spec, or worth a warning: found by the parts that know, told in one form."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should change: `field` is the path as written in YAML, `message` names the fix.

    A finding that `refuses` makes the spec not accepted, and nothing that runs is touched; another is a warning.
    """

    reason: Reason
    field: str
    message: str
    refuses: bool = True

    @property
    def told(self) -> str:
        """The message with its field before it, unless it names the field: a path, or a first word."""
        named = self.field in self.message if "." in self.field else self.message.startswith(self.field)
        return self.message if named else f"{self.field}: {self.message}"
