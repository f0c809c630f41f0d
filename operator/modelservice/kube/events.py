"""Kubernetes Events about our objects, as `kubectl describe` shows them: best effort, bounded, never in the way.

Recording takes no time: a worker posts in the background. The same reason for the same object is one Event that
counts, and its message is the newest.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from modelservice.kube import errors
from modelservice.kube.apply import MERGE
from modelservice.kube.managed import FIELD_MANAGER
from modelservice.kube.resources import EVENT, Key, Manifest, Resource
from modelservice.kube.session import Session

logger = logging.getLogger(__name__)

MESSAGE_LENGTH = 1024
WAITING = 1000
"""So many different Events may wait to be posted; what comes on top is dropped."""
REMEMBERED = 4096
FORGOTTEN_AFTER = 3000.0
"""The API server drops an Event an hour after its last change; after this many seconds a new one is made."""
QUIET = 10.0
"""A repeated Event is posted again only after this many seconds; until then it counts."""
RETRY = 5.0


class EventType(StrEnum):
    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class About:
    """The object that an Event is about."""

    resource: Resource
    key: Key
    uid: str


@dataclass(slots=True)
class _Story:
    """All that happened to one object for one reason."""

    about: About
    type: EventType
    reason: str
    message: str
    first: datetime
    last: datetime
    count: int = 1
    name: str = ""
    """The Event's own name, once it is posted."""
    due: float = 0.0
    """Not to be posted before."""


class EventRecorder:
    """`record` from anywhere on the loop; `run` it in a task."""

    def __init__(
        self,
        session: Session,
        instance: str,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.dropped = 0
        """How many were not told because too many waited."""
        self._session = session
        self._instance = instance
        self._wall = wall
        self._stories: OrderedDict[tuple[str, str], _Story] = OrderedDict()
        """What was told lately, the latest last."""
        self._waiting: dict[tuple[str, str], _Story] = {}
        self._more = asyncio.Event()

    def record(self, about: About, type: EventType, reason: str, message: str) -> None:
        """Tell what happened."""
        about_and_reason = (about.uid, reason)
        if about_and_reason not in self._waiting and len(self._waiting) >= WAITING:
            self.dropped += 1
            return
        now, message = self._wall(), shortened(message)
        story = self._stories.get(about_and_reason)
        if story is None or (now - story.last).total_seconds() > FORGOTTEN_AFTER:
            story = _Story(about, type, reason, message, first=now, last=now)
            self._stories[about_and_reason] = story
        else:
            story.type, story.message, story.last, story.count = type, message, now, story.count + 1
        self._stories.move_to_end(about_and_reason)
        while len(self._stories) > REMEMBERED:
            self._stories.popitem(last=False)
        self._waiting[about_and_reason] = story
        self._more.set()

    async def run(self) -> None:
        """Post what is recorded, until cancelled. LostLease ends it; other refusals cost one Event at most."""
        while True:
            story = self._next()
            if story is not None:
                await self._tell(story)
                continue
            self._more.clear()
            if not self._waiting:
                await self._more.wait()
                continue
            due = min(waiting.due for waiting in self._waiting.values())
            try:
                async with asyncio.timeout_at(due):
                    await self._more.wait()
            except TimeoutError:
                pass

    def _next(self) -> _Story | None:
        now = asyncio.get_running_loop().time()
        for about_and_reason, story in self._waiting.items():
            if story.due <= now:
                del self._waiting[about_and_reason]
                return story
        return None

    async def _tell(self, story: _Story) -> None:
        now = asyncio.get_running_loop().time()
        story.due = now + QUIET
        try:
            await self._post(story)
        except errors.Transient:
            story.due = now + RETRY
            self._waiting.setdefault((story.about.uid, story.reason), story)
        except errors.LostLease:
            raise
        except errors.ApiError as error:
            logger.info("an Event was refused: %s", error)

    async def _post(self, story: _Story) -> None:
        about = story.about
        target = f"Event {story.reason} of {about.resource.describe(about.key)}"
        namespace = about.key.namespace or "default"  # Events are namespaced, whatever they are about
        if story.name:
            path = EVENT.path(Key(namespace, story.name))
            try:
                await self._session.request("PATCH", path, target=target, body=_repeated(story), content_type=MERGE)
                return
            except errors.NotFound:  # the server has forgotten it
                story.first, story.count = story.last, 1
        name = f"{about.key.name}.{uuid.uuid4().hex[:16]}"
        body = self._new(story, namespace, name)
        await self._session.request("POST", EVENT.collection(namespace), target=target, body=body)
        story.name = name

    def _new(self, story: _Story, namespace: str, name: str) -> Manifest:
        about = story.about
        return {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.kind,
            "metadata": {"namespace": namespace, "name": name},
            "involvedObject": {
                "apiVersion": about.resource.api_version,
                "kind": about.resource.kind,
                "namespace": about.key.namespace,
                "name": about.key.name,
                "uid": about.uid,
            },
            "reason": story.reason,
            "source": {"component": FIELD_MANAGER},
            "reportingComponent": FIELD_MANAGER,
            "reportingInstance": self._instance,
            "firstTimestamp": _stamp(story.first),
            **_repeated(story),
        }


def _repeated(story: _Story) -> Manifest:
    return {
        "type": story.type.value,
        "message": story.message,
        "count": story.count,
        "lastTimestamp": _stamp(story.last),
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def shortened(message: str) -> str:
    """What fits into an Event."""
    return message if len(message) <= MESSAGE_LENGTH else f"{message[: MESSAGE_LENGTH - 4]} ..."
