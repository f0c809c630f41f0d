"""Waiting for what must come true, with a deadline and never for a fixed time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from lab.patience import looks, pause

T = TypeVar("T")


async def eventually(look: Callable[[], T], within: float = 15.0) -> T:
    """What `look` gives, once it is true."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not (seen := look()):
        waited = loop.time() - began
        if waited > within:
            raise TimeoutError(f"still {seen!r} after {within:.0f} s")
        await asyncio.sleep(pause(waited))
    return seen


def at_last(look: Callable[[], T], within: float = 15.0) -> T:
    """The same for tests without an event loop."""
    for _ in looks(within):
        if seen := look():
            return seen
    raise TimeoutError(f"still {seen!r} after {within:.0f} s")
