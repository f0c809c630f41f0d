"""Kubernetes quantities as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_UNITS = {
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    "m": Decimal("0.001"),
}


def number_of(quantity: object) -> Decimal | None:
    """`2Gi` is 2147483648; None for what is no quantity."""
    text = str(quantity)
    suffix = next((suffix for suffix in _UNITS if text.endswith(suffix)), "")
    try:
        return Decimal(text.removesuffix(suffix)) * _UNITS.get(suffix, 1)
    except InvalidOperation:
        return None


def whole_cores(resources: Mapping[str, Any]) -> int:
    """How many cores the container may use, at least one; 0 where it has no limit."""
    limit = number_of((resources.get("limits") or {}).get("cpu"))
    return max(1, int(limit)) if limit else 0
