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
class Fetch:
    """What the loader is told: whence, which files, and into which folder below the cache's root.

    `folder` is a hub cache's own for a model of the hub (`models--org--name`), which all revisions share; every other
    one is named by all that decides its content, so that what lies in it never changes once it is whole.
    `credentials_secret` is the name of a Secret whose keys become environment variables (`envFrom`).
    """

    reference: str
    folder: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    endpoint: str = ""
    sha256: str = ""
    credentials_secret: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a source puts the model, as the engine is told (made by `sources`).

    `argument` is the word on the command line; `public_id` is what clients know the model as; `path` is set when the
    files lie in the container, already or once the loader has put them there; `hub` says that a hub must be reached
    (or its cache filled) at start.

    `fetch` is what a loader would be told; with `fetch` and without `hub` no engine can get the model by itself, so a
    loader must. `image` says that the model lies in this image: `volume` is then an image volume, and a cluster that
    has none gets an empty one in its place, filled from `image` before the engine starts.
    `only` is the type of the one engine that knows such a model.
    """

    argument: str
    public_id: str
    revision: str = ""
    path: str = ""
    hub: bool = False
    volume: ModelVolume | None = None
    fetch: Fetch | None = None
    image: str = ""
    only: str = ""
