"""The operator under the bench, started anew when it ends, as a kubelet starts a container.

A leader that cannot renew its Lease ends: on a starved machine that happens, and no figure may be read of a process
that is gone or does not work yet. Each end is said with the operator's last words, and counted in the table.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from bench.figures import Figure, say
from bench.world import WAITS_UP_TO, Process
from running_operator import RunningOperator

T = TypeVar("T")

LOOKS_EACH = 0.2
STARTS_WITHIN = 60.0
READINGS = 3


class KeptOperator:
    """`ends` is how often it ended unasked."""

    def __init__(self, operator: RunningOperator) -> None:
        self.ends = 0
        self._operator = operator
        self._asked = False

    @classmethod
    @asynccontextmanager
    async def open(cls, operator: RunningOperator) -> AsyncIterator[KeptOperator]:
        kept = cls(operator)
        with operator:
            keeping = asyncio.create_task(kept._keep())
            try:
                await kept.until(operator.leads, STARTS_WITHIN)
                yield kept
            finally:
                keeping.cancel()

    @property
    def process(self) -> Process:
        assert self._operator.process
        return Process(self._operator.process.pid)

    def reconciled(self) -> float:
        return self._operator.metric("controller_runtime_reconcile_total")

    async def until(self, condition: Callable[[], bool], within: float = WAITS_UP_TO) -> None:
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {within:.0f} s; the operator's last words:\n{self._operator.tail()}")
            await asyncio.sleep(0.02)

    async def read(self, reading: Callable[[], Awaitable[T]]) -> T:
        """What is read of one and the same process while it works."""
        for _ in range(READINGS):
            await self.until(self._operator.leads)
            ends = self.ends
            result = await reading()
            if self._operator.running and ends == self.ends:
                return result
            say("the operator ended meanwhile; reading again")
        raise TimeoutError(f"it ended during each of {READINGS} readings: this machine is too busy for a bench")

    async def restart(self) -> float:
        """Seconds from the start of a new process until its caches are whole."""
        self._asked = True
        self._operator.stop()
        began = time.perf_counter()
        self._operator.start()
        self._asked = False
        await self.until(self._operator.ready, STARTS_WITHIN)
        return time.perf_counter() - began

    def figure(self) -> Figure:
        return Figure("the operator ended unasked", "0", f"{self.ends}", self.ends == 0)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EACH)
            if not self._asked and not self._operator.running:
                self.ends += 1
                say(f"the operator ended and is started again; its last words:\n{self._operator.tail(3)}")
                self._operator.start()
