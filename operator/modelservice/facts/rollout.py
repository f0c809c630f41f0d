"""The decision about revisions: which template runs, and why. Made by control, read by render and observe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the rollout is doing."""

    STEADY = "Steady"
    TRYING = "Trying"
    REVERTED = "Reverted"
    HELD = "Held"


@dataclass(frozen=True, slots=True)
class RolloutFacts:
    """`target` is applied to the Deployment; `current` was the last Ready one; `failed` was taken back.

    With `failed`, the ControllerRevision of that name bears `why` and `why_reason` as annotations
    (`modelservice.io/failed`, `modelservice.io/failed-reason`); any other candidate bears none and may be tried.
    An empty `target` means that nothing runs and nothing may: no children.

    `fetching` is a revision whose models are fetched by Jobs before it may become the target; empty: none waits so.
    `why` is the sentence for people: what failed, or what a held revision waits for.
    `outdated` says what today's operator would render differently; empty when nothing.
    """

    verdict: Verdict
    target: str
    current: str = ""
    failed: str = ""
    why: str = ""
    why_reason: str = ""
    fetching: str = ""
    outdated: str = ""
    outdated_reason: str = ""
