"""Leader election by a Lease object: at most one replica at a time believes that it leads.

Nothing here trusts a clock of another machine. Our own hold counts from *before* a renewal was sent, another's from
*after* it was read, both by the local monotonic clock, so that ours always ends first. What is not promised: a request
that was on its way when the hold ended may still arrive. Writers therefore check `held` before each write.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modelservice.kube import errors
from modelservice.kube.apply import NO_VERSION, get
from modelservice.kube.resources import LEASE, Key, Manifest
from modelservice.kube.session import Session

logger = logging.getLogger(__name__)

RELEASE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A holder that cannot renew stops at `deadline`; others take over at `duration`."""

    duration: float = 15.0
    deadline: float = 10.0
    renew: float = 2.0
    look: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.look <= self.renew < self.deadline < self.duration:
            raise ValueError(f"a Lease needs look <= renew < deadline < duration, not {self}")


@dataclass(frozen=True, slots=True)
class Record:
    """What the Lease object says."""

    holder: str = ""
    renewed: str = ""
    acquired: str = ""
    transitions: int = 0
    duration: float = 0.0

    @classmethod
    def of(cls, manifest: Manifest) -> Record:
        spec = manifest.get("spec") or {}
        return cls(
            holder=spec.get("holderIdentity") or "",
            renewed=spec.get("renewTime") or "",
            acquired=spec.get("acquireTime") or "",
            transitions=spec.get("leaseTransitions") or 0,
            duration=spec.get("leaseDurationSeconds") or 0.0,
        )

    def taken(self) -> Record:
        """What a new holder goes on from."""
        return Record(transitions=self.transitions + 1 if self.renewed else 0)


class Sight:
    """What another replica's record looked like, and since when it has not changed by our own clock."""

    def __init__(self) -> None:
        self._record: Record | None = None
        self._since = 0.0

    def free_in(self, record: Record, read_at: float) -> float:
        """Seconds until this record may be taken over; 0 for now. The holder itself says how long it counts."""
        if record != self._record:
            self._record, self._since = record, read_at
        if not record.holder:
            return 0.0
        return max(0.0, self._since + record.duration - read_at)


class Lease:
    """One replica's part in the election. `lead(work)` is all of it; `held` is the fence for writers.

    The session must be one of its own without a fence, so that a renewal waits for no other request.
    """

    def __init__(
        self,
        session: Session,
        key: Key,
        identity: str,
        *,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
        on_change: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.key = key
        self.identity = identity
        self.held_until = float("-inf")
        """By `clock`: until then no other replica writes."""
        self._session = session
        self._timing = timing or Timing()
        self._clock = clock
        self._wall = wall
        self._chance = chance
        self._on_change = on_change
        self._sight = Sight()
        self._live: Manifest | None = None
        """The object as we last read or wrote it."""

    def held(self) -> bool:
        """True while this replica may write."""
        return self._clock() < self.held_until

    async def lead(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the lease, do the work while it is held, and give it back when the work is over.

        LostLease is raised, once the work was cancelled, when the lease could not be kept.
        """
        await self._acquire()
        self._on_change(True)
        working = asyncio.create_task(work(), name="work of the leader")
        keeping = asyncio.create_task(self._keep(), name="renewal of the lease")
        try:
            await asyncio.wait((working, keeping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(working)  # the work first: renewals go on meanwhile
            await _end(keeping)
            self.held_until = float("-inf")
            self._on_change(False)
            await self._release()
        for task in (keeping, working):
            if not task.cancelled():
                task.result()

    async def _acquire(self) -> None:
        while True:
            wait = await self._take()
            if not wait:
                return
            await asyncio.sleep(wait)

    async def _take(self) -> float:
        """Take the lease if it is free; else say in how many seconds to look again."""
        wait = self._timing.look * (0.5 + self._chance() / 2)
        try:
            self._live = await get(self._session, LEASE, self.key)
            record = Record.of(self._live or {})
            free_in = self._sight.free_in(record, self._clock()) if record.holder != self.identity else 0.0
            if free_in > 0:
                return min(wait, free_in)
            await self._write(record.taken())
        except errors.Conflict:
            return wait  # another replica was faster
        except errors.ApiError as error:
            logger.warning("cannot take the lease: %s", error)
            return max(wait, error.retry_after)
        return 0.0

    async def _keep(self) -> None:
        wait = self._timing.renew
        while True:
            await asyncio.sleep(wait * (0.9 + self._chance() / 10))
            wait = self._timing.renew if await self._renewed() else self._timing.look

    async def _renewed(self) -> bool:
        """Try once. LostLease is raised when it is too late, or another replica has it."""
        left = self.held_until - self._clock()
        if left <= 0:
            raise errors.LostLease(self._target, f"{self.identity} could not renew it in time")
        try:
            async with asyncio.timeout(left):
                return await self._renew()
        except errors.LostLease:
            raise
        except (errors.ApiError, TimeoutError) as error:
            logger.warning("cannot renew the lease: %s", str(error) or "no answer in time")
            return False

    async def _renew(self) -> bool:
        try:
            await self._write(Record.of(self._live or {}))
        except errors.Conflict:
            self._live = await get(self._session, LEASE, self.key)
            holder = Record.of(self._live or {}).holder
            if self._live is not None and holder != self.identity:
                raise errors.LostLease(self._target, f"{holder or 'nobody'} holds it now") from None
            return False
        return True

    async def _write(self, record: Record) -> None:
        """Write the record as renewed by us now, unless somebody wrote since we read."""
        sent = self._clock()
        now = self._wall().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": math.ceil(self._timing.duration),
            "acquireTime": record.acquired or now,
            "renewTime": now,
            "leaseTransitions": record.transitions,
        }
        await self._send(spec)
        self.held_until = sent + self._timing.deadline

    async def _release(self) -> None:
        """Let another replica take over at once. If this fails, it does when the duration is over."""
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                try:
                    await self._give_back()
                except errors.Conflict:  # a renewal that was cancelled may have arrived all the same
                    self._live = await get(self._session, LEASE, self.key)
                    await self._give_back()
        except (errors.ApiError, TimeoutError) as error:
            logger.info("the lease was not given back: %s", str(error) or "no answer in time")

    async def _give_back(self) -> None:
        if self._live is not None and Record.of(self._live).holder == self.identity:
            await self._send({**self._live["spec"], "holderIdentity": "", "leaseDurationSeconds": 1})

    async def _send(self, spec: dict[str, Any]) -> None:
        """Make the object if there is none; Conflict if there is one that we have not seen."""
        metadata = {
            "namespace": self.key.namespace,
            "name": self.key.name,
            "resourceVersion": self._live["metadata"]["resourceVersion"] if self._live else NO_VERSION,
        }
        body = {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": spec}
        answer = await self._session.request("PUT", LEASE.path(self.key), target=self._target, body=body)
        self._live = answer.json()

    @property
    def _target(self) -> str:
        return LEASE.describe(self.key)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled() and isinstance(error := task.exception(), Exception):
        logger.debug("%s ended with: %r", task.get_name(), error)
