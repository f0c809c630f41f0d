"""What a source is to the rest of the house: it reads one kind of model reference and says where the model will be."""

from __future__ import annotations

from typing import Protocol

from modelservice.api.findings import Finding
from modelservice.facts.model import Located


class Source(Protocol):
    """One kind of reference. A new one is a new file with one such object, listed in `sources.catalogue`."""

    @property
    def scheme(self) -> str:
        """What the reference begins with; documentation and errors name it."""

    def locate(self, reference: str, field: str = "model") -> Located | Finding:
        """Where the model will be, or what is wrong with the reference that stands in `field` of the spec."""
