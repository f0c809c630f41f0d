"""What a store's refusal means where the store has no words of its own for it."""

from __future__ import annotations

from loader.failures import LoadFailed, Reason
from loader.task import Task


def refused(task: Task, status: int, has_credentials: bool) -> LoadFailed:
    what = task.reference.partition("?")[0]  # what follows may be a signature
    if status in (401, 403) and not has_credentials:
        return LoadFailed(Reason.TOKEN_MISSING, f"{what} is not public: it answered {status}.")
    if status == 401:
        return LoadFailed(Reason.TOKEN_MISSING, f"{what} does not know these credentials.")
    if status == 403:
        return LoadFailed(Reason.GATED, f"{what} may not be read with these credentials.")
    if status in (404, 410):
        return LoadFailed(Reason.NOT_FOUND, f"There is no {what}.")
    return LoadFailed(Reason.INVALID, f"{what} was answered with the status {status}.")
