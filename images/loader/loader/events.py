"""What the loader says: one JSON object a line on stdout, each written out at once, and progress every two seconds."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loader.failures import LoadFailed

PERIOD = 2.0
TERMINATION_LOG = Path("/dev/termination-log")
"""What Kubernetes shows as the container's last word; outside a pod it is not there."""

_lock = threading.Lock()


def say(event: str, **said: Any) -> None:
    with _lock:
        print(_line(event, said), flush=True)


def say_last(event: str, **said: Any) -> None:
    """How it ended."""
    say(event, **said)
    if TERMINATION_LOG.exists():
        with contextlib.suppress(OSError):
            TERMINATION_LOG.write_text(_line(event, said))


def say_failed(failure: LoadFailed) -> None:
    say_last("failed", reason=str(failure.reason), message=failure.message, retry=failure.retry)


def _line(event: str, said: dict[str, Any]) -> str:
    return json.dumps({"event": event, **said})


def note(text: str) -> None:
    """For people who read the log; no event."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Counts bytes of all threads. `done` is what lies on the disk, `downloaded` what came now."""

    def __init__(self, total: int | None, done: int = 0) -> None:
        self.total = total
        self.done = done
        self.downloaded = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.done += count
            self.downloaded += count

    def take_back(self, count: int) -> None:
        """Bytes that turned out to be of no use."""
        with self._lock:
            self.done -= count

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Say it while the block runs."""
        over = threading.Event()
        teller = threading.Thread(target=self._tell, args=(over,), daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()

    def _tell(self, over: threading.Event) -> None:
        then, before = time.monotonic(), 0
        while not over.wait(PERIOD):
            with self._lock:
                now, done, downloaded = time.monotonic(), self.done, self.downloaded
            rate = int((downloaded - before) / (now - then))
            say("progress", done=done, total=self.total, rate=rate)
            then, before = now, downloaded
