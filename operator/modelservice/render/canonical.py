"""One form of bytes for one value: names, digests and comparisons rest on it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> str:
    """JSON without spaces and with sorted keys; lists keep their order."""
    return _ENCODER.encode(value)


def digest(value: Any, length: int = 16) -> str:
    """The first hex digits of the SHA-256 of a text, or of any other value's canonical form."""
    text = value if isinstance(value, str) else canonical(value)
    return hashlib.sha256(text.encode()).hexdigest()[:length]
