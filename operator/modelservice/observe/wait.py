"""What stands between a ModelService and Ready: the one thing that its status talks about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from modelservice.api.reasons import Reason


class Needs(Enum):
    """What it takes to go on. It decides between `Reconciling` and `Stalled`."""

    TIME = "it goes on by itself"
    HELP = "something outside must appear: a Secret, an image, a node. Stalled once it lasted the startup budget"
    CHANGE = "only a person can help: Stalled at once"


@dataclass(frozen=True, slots=True)
class Wait:
    """The reason in a word and in a sentence that names the field to change, and since when it is so, if known.

    `again` is when time alone will change the sentence. `phase` is the word for the STATUS column where the reason's
    own does not say enough.
    """

    reason: Reason
    message: str
    needs: Needs = Needs.TIME
    since: datetime | None = None
    again: datetime | None = None
    phase: str = ""
