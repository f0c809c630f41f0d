"""Who needs what of a model cache."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """`folder` is the model's, right below the root of the claim; a model at the root itself is all of it.

    `reference` is what a loader would be told; empty for who names the folder by its place, and so needs all of it.
    """

    claim: str
    folder: str
    service: str
    reference: str = ""
