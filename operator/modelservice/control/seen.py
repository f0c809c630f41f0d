"""What our caches keep of each object: who it belongs to, what is needed to see drift, and its facts.

It is small on purpose: thousands of objects are kept, and a change that is not in it wakes nobody.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from modelservice.facts import parse_workload
from modelservice.facts.marks import APPLIED_ANNOTATION, MANAGED_BY_LABEL, MANAGER, NAME_LABEL
from modelservice.facts.raw import controller, part, text
from modelservice.facts.workload import ChildFacts, RevisionFacts
from modelservice.kube.managed import ownership
from modelservice.kube.resources import Key, Manifest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """One object. `service` is the ModelService on its labels, if it bears ours."""

    uid: str
    service: str
    owner: str
    """Uid of its controller."""
    applied: str
    fields: str
    others: tuple[str, ...]
    deleting: bool
    facts: T
    version: int = field(compare=False)


def seeing(facts: Callable[[Manifest], T]) -> Callable[[Manifest], Seen[T]]:
    """A projection for an informer, with these facts in it."""

    def project(manifest: Manifest) -> Seen[T]:
        metadata = manifest["metadata"]
        labels = part(metadata, "labels")
        owned = ownership(manifest)
        return Seen(
            uid=metadata["uid"],
            service=text(labels, NAME_LABEL) if labels.get(MANAGED_BY_LABEL) == MANAGER else "",
            owner=controller(metadata),
            applied=text(part(metadata, "annotations"), APPLIED_ANNOTATION),
            fields=owned.digest,
            others=owned.added,
            deleting="deletionTimestamp" in metadata,
            facts=facts(manifest),
            version=int(metadata["resourceVersion"]),
        )

    return project


def child(kind: str, key: Key, seen: Seen[object], *, owned: bool) -> ChildFacts:
    """The object as a child of a ModelService."""
    return ChildFacts(
        kind=kind,
        name=key.name,
        uid=seen.uid,
        owned=owned,
        applied=seen.applied,
        fields=seen.fields,
        others=seen.others,
        deleting=seen.deleting,
    )


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A ControllerRevision, compressed: a template is large, and is looked at only in a pass over its own service."""

    packed: bytes

    @classmethod
    def of(cls, manifest: Manifest) -> StoredRevision:
        metadata = {name: manifest["metadata"].get(name) for name in ("name", "annotations")}
        kept = {"metadata": metadata, "revision": manifest.get("revision"), "data": manifest.get("data")}
        return cls(zlib.compress(json.dumps(kept, separators=(",", ":")).encode(), 1))

    def facts(self) -> RevisionFacts:
        return parse_workload.revision(json.loads(zlib.decompress(self.packed)))
