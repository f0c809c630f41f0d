"""What differs between two manifests, field by field, named as in YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.facts.marks import ACCEPTED_ANNOTATION, APPLIED_ANNOTATION

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BOOKKEEPING = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"})
MARKS = frozenset({ACCEPTED_ANNOTATION, APPLIED_ANNOTATION, LAST_APPLIED})
ABSENT = None
"""In place of a value that is not there; Kubernetes stores no nulls."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. None stands for a value that is not there."""

    field: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Of two states of one object; its status, and what servers and tools keep for themselves, is left out."""
    return tuple(_below(_said(before), _said(after), ""))


def within(manifest: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """`live` with what the manifest says laid over it: the nearest to an apply that can be told without a server."""
    return _laid(live, manifest)  # type: ignore[no-any-return]


def _said(manifest: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in BOOKKEEPING}
    annotations = {key: value for key, value in metadata.pop("annotations", {}).items() if key not in MARKS}
    whole = {key: value for key, value in manifest.items() if key not in ("status", "apiVersion", "kind")}
    return {**whole, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


def _below(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if before == after:
        return
    one, other = _parts(before), _parts(after)
    if one is None or other is None or not (one or other):
        yield Difference(path, before, after)
        return
    for key in [*one, *(key for key in other if key not in one)]:
        yield from _below(one.get(key, ABSENT), other.get(key, ABSENT), f"{path}{key}".lstrip("."))


def _parts(value: Any) -> dict[str, Any] | None:
    """The fields of a map, or the items of a list whose items have names, each under what a path calls it."""
    if isinstance(value, Mapping):
        return {f".{key}" if "." not in key else f"[{key}]": item for key, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and "name" in item for item in value):
        return {f"[{item['name']}]": item for item in value}
    return None


def _laid(under: Any, over: Any) -> Any:
    one, other = _parts(under), _parts(over)
    if one is None or other is None:
        return over
    if isinstance(over, list):
        kept = [item for key, item in one.items() if key not in other]
        return [*(_laid(one.get(key), item) for key, item in other.items()), *kept]
    return {**under, **{key: _laid(under.get(key), item) for key, item in over.items()}}
