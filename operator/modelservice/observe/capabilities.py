"""What the running revision offers to clients: as the engine itself describes it, or else as this operator knows it.

Settled once for each revision and then kept, so that neither time nor another operator changes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from modelservice.api.status import Capabilities
from modelservice.engines.engine import Launch
from modelservice.engines.routes import in_order, offered


@dataclass(frozen=True, slots=True)
class Described:
    """What a revision's engine answered: the paths of its API, or None when it did not tell."""

    revision: str
    paths: Collection[str] | None


def settled(known: Capabilities | None, revision: str) -> bool:
    return known is not None and known.revision == revision


def capabilities(
    known: Capabilities | None, revision: str, launch: Launch | None, described: Described | None
) -> Capabilities | None:
    """`revision` is the one that is known to be Ready. Until its engine has had the time to answer, what was holds."""
    if not revision or launch is None or settled(known, revision):
        return known
    if launch.describes_itself_at is None:
        described = Described(revision, None)
    if described is None or described.revision != revision:
        return known
    if described.paths:
        return Capabilities(revision=revision, source="Engine", routes=list(offered(described.paths)))
    source = "Declared" if launch.routes else "Unknown"
    return Capabilities(revision=revision, source=source, routes=list(in_order(launch.routes)))
