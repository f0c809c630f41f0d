"""Versions of engines: an order, and nothing for what is no release."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

OLDEST: Version = (0, 0, 0)
_RELEASE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:\.\d+|\.post\d+)*(?:[+-](?!rc).*)?")


def release(text: str | None) -> Version | None:
    """`0.32.0`, `v0.32.0` and `0.32.0+cpu` are the same release; `nightly` and release candidates are none."""
    match = _RELEASE.fullmatch(text or "")
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def text(version: Version) -> str:
    """The version as people write it."""
    return ".".join(map(str, version))
