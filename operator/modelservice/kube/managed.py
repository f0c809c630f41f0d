"""Who owns which field of an object, from its `managedFields`: how drift is seen on kinds without a generation.

The API server takes a field from our entry when somebody changes or removes it, so an entry that is not as it was
after our last apply means that something we apply is no longer as we applied it. What others added stays beside ours,
unless the two together are invalid: then `seized` makes theirs ours, so that our next apply drops it.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelservice.kube.resources import Manifest

FIELD_MANAGER = "modelservice-operator"

CLUSTER = "kube-"
"""The cluster's own controllers (kube-controller-manager, kube-scheduler) add fields by design."""
Fields = Mapping[str, Any]
"""A set of field paths as FieldsV1 nests them."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """What is remembered of an object's managedFields."""

    digest: str = ""
    """Of our own entry; empty when we have none."""
    shared: tuple[str, ...] = ()
    """Other managers that hold a field of ours too, with the same value: it stays when we stop applying it."""
    added: tuple[str, ...] = ()
    """Managers that hold fields which we do not apply. They are kept."""


def ownership(manifest: Manifest) -> Ownership:
    """Digest of the main resource's managedFields; subresources such as status are somebody else's business."""
    entries = [entry for entry in manifest["metadata"].get("managedFields") or () if not entry.get("subresource")]
    ours: Fields = next((_fields(entry) for entry in entries if _is_ours(entry)), {})
    others = [(entry.get("manager", ""), _fields(entry)) for entry in entries if not _is_ours(entry)]
    return Ownership(
        digest=_digest(ours),
        shared=tuple(sorted({name for name, fields in others if _overlap(ours, fields)})),
        added=tuple(sorted({n for n, fields in others if not n.startswith(CLUSTER) and _exceeds(fields, ours)})),
    )


def seized(manifest: Manifest, places: Iterable[str]) -> list[Manifest] | None:
    """The managedFields with which others hold nothing at these places (`spec.ports`) that we do not hold too.

    None if that is so already, or if we hold nothing to add theirs to. The cluster's own controllers keep theirs.
    """
    entries: list[Manifest] = copy.deepcopy(manifest["metadata"].get("managedFields") or [])
    ours = next((_fields(entry) for entry in entries if _is_ours(entry)), None)
    taken = False
    for entry in entries:
        if ours is None or _is_ours(entry) or entry.get("subresource") or entry.get("manager", "").startswith(CLUSTER):
            continue
        for place in places:
            path = [f"f:{name}" for name in place.split(".")]
            cut = _cut(_fields(entry), path)
            if cut is not None:
                _unite(ours, functools.reduce(lambda inner, name: {name: inner}, reversed(path), cut))
                taken = True
    return [entry for entry in entries if _fields(entry)] if taken else None


def _cut(fields: dict[str, Any], path: Sequence[str]) -> Fields | None:
    """Take out what lies at the path, and the parents that become empty by it."""
    name, *deeper = path
    if name not in fields:
        return None
    if not deeper:
        return fields.pop(name)  # type: ignore[no-any-return]
    cut = _cut(fields[name], deeper)
    if cut is not None and not fields[name].keys() - {"."}:
        del fields[name]
    return cut


def _unite(target: dict[str, Any], added: Fields) -> None:
    for name, inner in added.items():
        _unite(target.setdefault(name, {}), inner)


def _is_ours(entry: Manifest) -> bool:
    return entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource")


def _fields(entry: Manifest) -> dict[str, Any]:
    fields: dict[str, Any] = entry.get("fieldsV1") or {}
    return fields


def _digest(fields: Fields) -> str:
    if not fields:
        return ""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]


def _overlap(one: Fields, other: Fields) -> bool:
    """True if a field is in both sets. A parent that both merely pass through (".") is none."""
    return any(
        (not one[name] and not other[name]) or _overlap(one[name], other[name])
        for name in one.keys() & other.keys() - {"."}
    )


def _exceeds(fields: Fields, ours: Fields) -> bool:
    """True if a field is in the first set alone."""
    return any(name not in ours or _exceeds(fields[name], ours[name]) for name in fields.keys() - {"."})
