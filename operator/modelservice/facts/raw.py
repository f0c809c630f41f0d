"""Reading raw API objects: what is missing, null or of another shape reads as absent and never raises.

An informer parses every object of a kind, thousands at a time, so these helpers are plain and cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Raw = Mapping[str, Any]


def part(raw: Raw, *path: str) -> Raw:
    """The mapping at that path, or an empty one."""
    for key in path:
        raw = raw.get(key) or {}
        if not isinstance(raw, Mapping):
            return {}
    return raw


def items(raw: Raw, key: str) -> Sequence[Raw]:
    """The list of mappings under that key, or an empty one."""
    found = raw.get(key)
    return found if isinstance(found, list) else ()


def text(raw: Raw, key: str) -> str:
    found = raw.get(key)
    return found if isinstance(found, str) else ""


def number(raw: Raw, key: str) -> int:
    found = raw.get(key)
    return found if isinstance(found, int) else 0


def time(raw: Raw, key: str) -> datetime | None:
    """An RFC 3339 time; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(raw[key])
    except (KeyError, TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def condition(status: Raw, kind: str) -> Raw:
    """The condition of that type, or an empty mapping."""
    for found in items(status, "conditions"):
        if found.get("type") == kind:
            return found
    return {}


def extended(resources: Raw) -> dict[str, int]:
    """The extended resources of a resource list (`vendor/name: count`), without Kubernetes' own."""
    return {
        name: int(count)
        for name, count in resources.items()
        if "/" in name and "kubernetes.io/" not in name and str(count).isdecimal()
    }


def controller(metadata: Raw) -> str:
    """The uid of the object that controls this one, or an empty string."""
    for owner in items(metadata, "ownerReferences"):
        if owner.get("controller"):
            return text(owner, "uid")
    return ""
