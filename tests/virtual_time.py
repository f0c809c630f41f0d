"""An event loop whose clock jumps to the next timer, so that hours of waiting are tested in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Where a loop would sleep, time passes at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits and nothing will happen")
        if not ready and timeout:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run this to its end on a clock of its own that starts at 0."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(test)
