"""How a command ends: the exit codes, all in one place, and the one error that commands raise."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Scripts rely on these numbers: they are only ever added to."""

    DONE = 0
    NOT_SO = 1
    USAGE = 2
    CLUSTER = 3
    NOT_FOUND = 4
    TIMED_OUT = 5
    CHANGES = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done, or the answer is yes",
    Exit.NOT_SO: "it failed, or what was asked about is not so",
    Exit.USAGE: "the command line was wrong; nothing was done",
    Exit.CLUSTER: "the cluster does not answer, the login is refused, or a right is missing",
    Exit.NOT_FOUND: "there is no such object",
    Exit.TIMED_OUT: "the time that was given ran out",
    Exit.CHANGES: "`plan`: something would change",
    Exit.INTERRUPTED: "Ctrl-C",
}


class CommandError(Exception):
    """Something that the user can mend: one sentence, and perhaps a hint with the next step."""

    def __init__(self, message: str, hint: str = "", exit_code: int = Exit.NOT_SO) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code
