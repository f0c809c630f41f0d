"""Watch answers as events: bytes in, whole events out, however the network cut them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from modelservice.kube import errors
from modelservice.kube.resources import Manifest


class EventType(StrEnum):
    """What a watch tells of an object; of an ERROR, `object` is a Status, and of a BOOKMARK only the version counts."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    type: EventType
    object: Manifest

    @property
    def version(self) -> str:
        """The resourceVersion to go on from after this event."""
        version: str = self.object["metadata"]["resourceVersion"]
        return version


@dataclass(slots=True)
class Decoder:
    """Feed it chunks, and it gives the events that they complete. An ERROR event is raised as its ApiError."""

    target: str
    _rest: list[bytes] = field(default_factory=list)

    def feed(self, chunk: bytes) -> Iterator[WatchEvent]:
        if b"\n" not in chunk:
            self._rest.append(chunk)
            return
        *lines, rest = b"".join([*self._rest, chunk]).split(b"\n")
        self._rest = [rest] if rest else []
        for line in lines:
            if line:
                yield self._event(line)

    def _event(self, line: bytes) -> WatchEvent:
        try:
            raw = json.loads(line)
            event = WatchEvent(EventType(raw["type"]), raw["object"])
        except (ValueError, KeyError, TypeError) as error:
            raise errors.Transient(self.target, f"the watch sent what is no event: {error!r}") from None
        if event.type is EventType.ERROR:
            raise errors.of_status(self.target, event.object)
        return event
