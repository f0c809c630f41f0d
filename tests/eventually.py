"""Waiting for what must come true, with a deadline and never for a fixed time."""

import asyncio
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
