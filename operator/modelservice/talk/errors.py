"""What can go wrong between this machine and a model server.

TalkError
├── Unanswered      there was no answer, or not all of it
└── Refused         the server says no
"""

from __future__ import annotations

import json
from typing import Any

LONGEST = 500


class TalkError(Exception):
    """One sentence."""


class Unanswered(TalkError):
    """Nobody answers, or the connection broke off."""


class Refused(TalkError):
    """The server's own words; a status of 200 where it had begun to answer before it said so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def refused(status: int, body: bytes) -> Refused:
    """The refusal that an answer means."""
    text = body.decode(errors="replace").strip()
    try:
        message = sentence_of(json.loads(text))
    except ValueError:
        message = text
    return Refused(status, message[:LONGEST] or "it says nothing more")


def sentence_of(answer: Any) -> str:
    """What it says went wrong. Engines differ: `error` may be an object or a sentence, or be called otherwise."""
    if isinstance(answer, dict):
        for name in ("error", "message", "detail"):
            if answer.get(name):
                return sentence_of(answer[name])
    return answer if isinstance(answer, str) else json.dumps(answer)
