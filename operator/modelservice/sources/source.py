"""What a source is to the rest of the house: it reads one kind of model reference and says where the model will be."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Protocol

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelSource
from modelservice.facts.model import Located

CACHE = "/cache/hub"
NOTHING_SAID = ModelSource()


@dataclass(frozen=True, slots=True)
class Reference:
    """A model reference, the field of the spec that it stands in, and what is said of it besides.

    `cache` is where the root of the model cache is mounted in the engine's container.
    """

    text: str
    field: str = "model"
    details: ModelSource = NOTHING_SAID
    cache: str = CACHE

    def refused(self, message: str) -> Finding:
        """`message` goes on after the reference itself."""
        return Finding(Reason.INVALID_SPEC, self.field, f"`{self.text}` {message}.")


class Source(Protocol):
    """One kind of reference. A new one is a new file with one such object, listed in `sources.catalogue`."""

    @property
    def scheme(self) -> str:
        """What the reference begins with; documentation and errors name it."""

    @property
    def takes(self) -> Set[str]:
        """The fields of `modelSource` that mean something here; every other one is refused."""

    @property
    def instead(self) -> Mapping[str, str]:
        """For a field of `modelSource` that it does not take: where the same is said."""

    def locate(self, reference: Reference) -> Located | Finding:
        """Where the model will be, or what is wrong with the reference."""
