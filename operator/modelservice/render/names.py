"""Names of children and of things in a pod: valid for Kubernetes whatever they are made from, and stable."""

from __future__ import annotations

import re

from modelservice.render.canonical import digest

LONGEST = 63
_HASH = 8
_NOT_IN_A_LABEL = re.compile(r"[^a-z0-9-]+")


def child_name(service: str, what: str) -> str:
    """`<service>-<what>`; what is too long for a DNS label ends in a hash of the whole instead."""
    return shortened(f"{service}-{what}")


def dns_label(text: str) -> str:
    """A DNS label that stands for `text`; where letters had to go, a hash keeps different texts apart."""
    plain = _NOT_IN_A_LABEL.sub("-", text.lower()).strip("-")
    return shortened(text if plain == text else f"{plain}-{digest(text, _HASH)}".strip("-"))


def shortened(name: str) -> str:
    """The name itself if it fits, else its head and a hash of the whole."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - _HASH - 1]}-{digest(name, _HASH)}"
