"""The work queue: which key is worked on next, and when.

It promises: a key waits at most once however often it is added; one key is never in two hands at a time, and what
is added meanwhile comes again when the first hand is done; a delay only ever shortens; what a person edited goes
before what a resync brings; a key that fails comes back later and later, and no other key waits for it.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Callable, Hashable
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)


class Priority(IntEnum):
    """Lower goes first."""

    FRESH = 0
    RESYNC = 1


class QueueMetrics(Protocol):
    """What the queue tells of itself; the names are those of controller-runtime's `workqueue_*`."""

    def added(self, depth: int) -> None: ...

    def taken(self, waited: float, depth: int) -> None: ...

    def finished(self, worked: float) -> None: ...

    def retried(self) -> None: ...


class Unmeasured:
    """Metrics that go nowhere."""

    def added(self, depth: int) -> None:
        pass

    def taken(self, waited: float, depth: int) -> None:
        pass

    def finished(self, worked: float) -> None:
        pass

    def retried(self) -> None:
        pass


class Stopped(Exception):
    """The queue was stopped: nothing more is handed out."""


class WorkQueue(Generic[K]):
    """Every method but `get` is synchronous, so each is one step for the event loop and needs no lock."""

    def __init__(
        self,
        *,
        first_delay: float = 0.1,
        longest_delay: float = 300.0,
        metrics: QueueMetrics | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._metrics = metrics or Unmeasured()
        self._chance = chance
        self._lines: dict[Priority, deque[K]] = {priority: deque() for priority in Priority}
        self._wanted: dict[K, tuple[Priority, float]] = {}
        """Keys that want work, with the time since when; each stands in a line unless it is in a hand."""
        self._busy: dict[K, float] = {}
        """Keys in a hand, and since when."""
        self._not_before: dict[K, float] = {}
        self._timers: list[tuple[float, int, K]] = []
        """Heap of the above; an entry that `_not_before` does not confirm is void."""
        self._failures: dict[K, int] = {}
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._serial = 0
        self._stopped = False

    def __len__(self) -> int:
        """Keys that could be taken now."""
        return len(self._wanted) - sum(1 for key in self._busy if key in self._wanted)

    def add(self, key: K, priority: Priority = Priority.FRESH) -> None:
        """Work on this key as soon as a hand is free. A delay that it waited for is over."""
        if self._stopped:
            return
        self._not_before.pop(key, None)
        before = self._wanted.get(key)
        if before is not None and before[0] <= priority:
            return
        self._wanted[key] = (priority, before[1] if before else self._now())
        if key not in self._busy:
            self._enqueue(key, priority)
        if before is None:
            self._metrics.added(len(self))

    def add_after(self, key: K, delay: float) -> None:
        """Work on this key after so many seconds, or sooner if it is wanted sooner."""
        due = self._now() + delay
        if self._stopped or key in self._wanted or due >= self._not_before.get(key, float("inf")):
            return
        self._not_before[key] = due
        self._serial += 1
        heapq.heappush(self._timers, (due, self._serial, key))
        self._set_alarm()

    def retry(self, key: K, at_least: float = 0.0) -> float:
        """Work on this key again after a delay that doubles with each failure in a row; returns the delay."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        backoff = min(self._longest_delay, self._first_delay * 2.0 ** min(failures, 60))
        delay = max(at_least, backoff * (0.5 + self._chance() / 2))
        self._metrics.retried()
        self.add_after(key, delay)
        return delay

    def forget(self, key: K) -> None:
        """The key went well: its next failure is its first."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """Take the next key; whoever takes it calls `done`. Cancelled while waiting, it takes nothing."""
        while True:
            key = self.get_nowait()
            if key is not None:
                return key
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._wake()  # we were woken and will not come: wake another
                else:
                    self._waiters.remove(waiter)
                raise

    def get_nowait(self) -> K | None:
        """The next key, if one may be worked on now."""
        if self._stopped:
            raise Stopped
        self._ring()
        for priority, line in self._lines.items():
            while line:
                key = line.popleft()
                wanted = self._wanted.get(key)
                if wanted is None or wanted[0] != priority or key in self._busy:
                    continue  # it moved to a better line, and perhaps was taken from there
                return self._take(key, wanted[1])
        return None

    def done(self, key: K) -> None:
        """The hand is free again; a key that was wanted meanwhile is put in line."""
        started = self._busy.pop(key)
        self._metrics.finished(self._now() - started)
        wanted = self._wanted.get(key)
        if wanted is not None:
            self._enqueue(key, wanted[0])

    def longest_busy(self) -> float:
        """For how many seconds the slowest key has been in a hand: a liveness probe sees a stuck worker by it."""
        return self._now() - min(self._busy.values()) if self._busy else 0.0

    def stop(self) -> None:
        """Hand out nothing more, and end every `get` with Stopped. Keys in hands may still be done."""
        self._stopped = True
        if self._alarm is not None:
            self._alarm.cancel()
        while self._waiters:
            self._wake()

    def _take(self, key: K, since: float) -> K:
        now = self._now()
        del self._wanted[key]
        self._busy[key] = now
        self._metrics.taken(now - since, len(self))
        return key

    def _enqueue(self, key: K, priority: Priority) -> None:
        self._lines[priority].append(key)
        self._wake()

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _ring(self) -> None:
        """Put in line what is due, and set the alarm for what is due next."""
        now = self._now()
        while self._timers and self._timers[0][0] <= now:
            due, _, key = heapq.heappop(self._timers)
            if self._not_before.get(key) == due:
                self.add(key, Priority.RESYNC)
        self._set_alarm()

    def _set_alarm(self) -> None:
        while self._timers and self._not_before.get(self._timers[0][2]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        due = self._timers[0][0] if self._timers else None
        if self._alarm is not None:
            if self._alarm.when() == due:
                return
            self._alarm.cancel()
        self._alarm = None if due is None else asyncio.get_running_loop().call_at(due, self._alarmed)

    def _alarmed(self) -> None:
        self._alarm = None
        self._ring()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
