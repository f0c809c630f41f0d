"""The form that every input is brought into: a pod whose first container serves a model, as Kubernetes has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Tree = Mapping[str, Any]
LONGEST = 53
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


class ConvertError(Exception):
    """The input is not what it should be; the text names what is missing."""


@dataclass(frozen=True, slots=True)
class Server:
    """What runs. `spec` holds what another tool says in fields of its own that are fields of ours as well.

    `engine` is set where the input says which it is; else the image and the command line tell.
    `anywhere` says that `pod` came from one machine, whose folders no node has.
    """

    name: str
    pod: Tree
    namespace: str = ""
    engine: str = ""
    spec: Tree = field(default_factory=dict)
    labels: Tree = field(default_factory=dict)
    annotations: Tree = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    anywhere: bool = False


def service_name(text: str) -> str:
    """A name that a ModelService may bear."""
    plain = _NOT_IN_A_NAME.sub("-", text.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"model-{plain}".strip("-")
    return named[:LONGEST].rstrip("-")


def named(name: str, notes: list[str]) -> str:
    """The name itself if it may be, else the nearest one, with a note."""
    found = service_name(name)
    if found != name:
        notes.append(f"metadata.name: {name!r} became {found!r}, since a Service bears it")
    return found
