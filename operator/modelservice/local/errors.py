"""The one error of local mode and the SDK: why a model server does not run, and what its log says last."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN_LINES = 20
ENGINE_MISSING, PORT_IN_USE = "EngineMissing", "PortInUse"
NOT_STARTED, CLIENT_MISSING = "NotStarted", "ClientMissing"
NO_CLUSTER = "NoCluster"
"""Reasons that only a machine of one's own has; all others are those of the resource."""


class ModelServerError(Exception):
    """One sentence with the cause, the last lines of the log, and a stable word for programs.

    `reason` is one of docs/reasons.md, or of the five above.
    """

    def __init__(self, cause: str, reason: str, output: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.reason = reason
        self.output = "\n".join(output)
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.cause]
        if self.hint:
            parts.append(f"hint: {self.hint}")
        if self.output:
            shown = self.output.splitlines()[-SHOWN_LINES:]
            parts.append("The last lines of its log:\n" + "\n".join(f"  {line}" for line in shown))
        return "\n\n".join(parts)
