"""Why a model could not be fetched. The loader says what is wrong; which field mends it is the operator's to say.

The reasons are the operator's (modelservice/facts/loading.py); tests/unit/loader holds the two equal.
"""

from __future__ import annotations

import errno
from enum import StrEnum


class Reason(StrEnum):
    TOKEN_MISSING = "TokenMissing"
    GATED = "Gated"
    NOT_FOUND = "NotFound"
    UNREACHABLE = "Unreachable"
    NO_SPACE = "NoSpace"
    HASH_MISMATCH = "HashMismatch"
    READ_ONLY = "ReadOnly"
    INVALID = "Invalid"


class LoadFailed(Exception):
    """`message` is one sentence; `retry` says that the same may work later."""

    def __init__(self, reason: Reason, message: str, retry: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry = retry


NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def of_disk(error: OSError, cache: str) -> LoadFailed:
    """What the cache's volume refused."""
    if error.errno in NO_SPACE:
        return LoadFailed(Reason.NO_SPACE, f"The model cache at {cache} is full.")
    if error.errno in READ_ONLY:
        return LoadFailed(Reason.READ_ONLY, f"The model cache at {cache} cannot be written: {error.strerror}.")
    return LoadFailed(Reason.UNREACHABLE, f"The model cache at {cache} failed: {error}.", retry=True)
