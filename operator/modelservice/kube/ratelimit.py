"""A limit on our own requests, so that a fault of ours is slow instead of an attack on the API server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class RateLimit:
    """A token bucket. The burst lets a thousand ModelServices be made at once at full speed."""

    per_second: float = 200.0
    burst: float = 10_000.0
    _tokens: float = field(init=False)
    _at: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    async def turn(self) -> None:
        """Wait for our turn. Turns come in the order in which they were asked for; a cancelled one is lost."""
        wait = self.reserve(asyncio.get_running_loop().time())
        if wait > 0:
            await asyncio.sleep(wait)

    def reserve(self, now: float) -> float:
        """Take a turn, and say in how many seconds it comes."""
        since = self._at if self._at is not None else now
        self._tokens = min(self.burst, self._tokens + (now - since) * self.per_second) - 1
        self._at = now
        return max(0.0, -self._tokens / self.per_second)
