"""The ModelServices as they were last seen, kept as JSON text: a few KB each, whatever their number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from modelservice.kube.resources import Key, Manifest, key_of


@dataclass(frozen=True, slots=True)
class _Kept:
    uid: str
    version: int
    text: str


class Services:
    """What is older than what is known is ignored, so that our own writes are never undone by a late event."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Key]:
        return iter(tuple(self._kept))

    def get(self, key: Key) -> Manifest | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        body: Manifest = json.loads(kept.text)
        return body

    def put(self, body: Mapping[str, object]) -> bool:
        """The object is now so. True if that is news."""
        manifest: Manifest = dict(body)
        metadata = {name: value for name, value in manifest["metadata"].items() if name != "managedFields"}
        key, version = key_of(manifest), int(metadata["resourceVersion"])
        known = self._kept.get(key)
        if known is not None and version <= known.version:
            return False
        text = json.dumps({**manifest, "metadata": metadata}, separators=(",", ":"))
        self._kept[key] = _Kept(metadata["uid"], version, text)
        return True

    def drop(self, key: Key, uid: str) -> None:
        """This very object is gone; a new one of its name stays."""
        known = self._kept.get(key)
        if known is not None and known.uid == uid:
            del self._kept[key]

    def drop_missing(self, listed: Set[str], version: int, namespace: str | None) -> None:
        """Of this namespace, or of all, only these uids existed at that version."""
        for key, kept in tuple(self._kept.items()):
            if namespace in (None, key.namespace) and kept.version <= version and kept.uid not in listed:
                del self._kept[key]
