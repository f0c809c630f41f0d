"""How kstatus, the library behind Helm and Flux, reads a custom resource: the rules that our status must speak to."""

from __future__ import annotations

from modelservice.api.status import Status


def kstatus(status: Status | None, generation: int) -> str:
    """`Current` lets a tool go on, `InProgress` lets it wait, `Failed` ends its wait."""
    if status is None:
        return "Current"
    if status.observed_generation is not None and status.observed_generation != generation:
        return "InProgress"
    states = {found.type: found.status for found in status.conditions}
    for found in status.conditions:
        if found.type == "Reconciling" and found.status == "True":
            return "InProgress"
        if found.type == "Stalled" and found.status == "True":
            return "Failed"
    return "Current" if states.get("Ready", "True") == "True" else "InProgress"
