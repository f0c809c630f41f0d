"""What a loader says while it fetches a model: one JSON object a line, and the reasons for which it fails.

The loader is an image of its own with a copy of these words; tests/unit/loader holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class LoadFailure(StrEnum):
    """Why a model could not be fetched."""

    TOKEN_MISSING = "TokenMissing"
    GATED = "Gated"
    NOT_FOUND = "NotFound"
    UNREACHABLE = "Unreachable"
    NO_SPACE = "NoSpace"
    HASH_MISMATCH = "HashMismatch"
    READ_ONLY = "ReadOnly"
    INVALID = "Invalid"


class LoadEvent(StrEnum):
    """The word under `event` in each line.

    start: total (bytes or null), files. progress: done, total, rate (bytes per second). waiting: for (who loads the
    same model). done: bytes, downloaded, revision. failed: reason, message, retry. pruned: removed (references), bytes.
    """

    START = "start"
    PROGRESS = "progress"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    PRUNED = "pruned"


def event_of(line: str) -> Mapping[str, Any] | None:
    """The object that a line says; None for a line that is no event, such as a library's warning."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get("event") in list(LoadEvent) else None
