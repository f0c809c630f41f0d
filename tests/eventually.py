"""Waiting for what must come true, with a deadline and never for a fixed time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], T], within: float = 15.0) -> T:
    """What `look` gives, once it is true."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = look()
        if seen:
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"still {seen!r} after {within:.0f} s")
        await asyncio.sleep(0.01)


def at_last(look: Callable[[], T], within: float = 15.0) -> T:
    """The same for tests without an event loop."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {seen!r} after {within:.0f} s")
        time.sleep(0.01)
    return seen
