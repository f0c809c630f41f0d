"""An event loop in a thread of its own: commands are plain code, and what must go on meanwhile goes on.

A port-forward serves while its user types; and in a notebook the main thread has an event loop already.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Background:
    """The loop runs from `with` to its end, which cancels what is still under way."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="modelservice", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.call_soon_threadsafe(self._running.stop)
        self._thread.join()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Its result. What interrupts the caller, such as Ctrl-C, cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._running)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def each(self, stream: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """Its items as they come. It is closed when nobody wants more of them; an interrupted one ends by itself."""
        while (item := self.run(_next(stream))) is not None:
            try:
                yield item
            except GeneratorExit:
                self.run(stream.aclose())
                raise

    @property
    def _running(self) -> asyncio.AbstractEventLoop:
        assert self._loop is not None, "the loop runs inside `with` only"
        return self._loop

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._started.set()
            self._loop.run_forever()


async def _next(stream: AsyncGenerator[T, None]) -> T | None:
    return await anext(stream, None)
