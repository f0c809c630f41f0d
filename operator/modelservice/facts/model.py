"""Where the model is, as a source found out from its reference: all that an engine and the pod need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelVolume:
    """A volume that brings the model into the pod, read-only: `source` is the volume as Kubernetes has it.

    Two volumes with equal `source` are one volume with two mounts (a claim may be the cache as well).
    """

    name: str
    source: Mapping[str, Any]
    mount_path: str


@dataclass(frozen=True, slots=True)
class Located:
    """Where a source puts the model, as the engine is told (made by `sources`).

    `argument` is the word on the command line; `public_id` is what clients know the model as; `path` is set when the
    files lie in the container already; `hub` says that a hub must be reached (or its cache filled) at start.
    """

    argument: str
    public_id: str
    revision: str = ""
    path: str = ""
    hub: bool = False
    volume: ModelVolume | None = None
