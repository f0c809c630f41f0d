"""What is said of a model server at a moment: a word for programs and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The four states of a model server; they compare with their words."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """`percent` is how far the step that the message names has come, where the engine tells."""

    state: State
    message: str = ""
    percent: int | None = None
