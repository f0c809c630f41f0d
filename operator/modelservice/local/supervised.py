"""The engine as a process of this program: its log in a file, and an end that takes all of its processes along."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modelservice.local import supervisor

GRACE = 10.0
"""Seconds between the request to end and the end by force."""
TICK = 0.1
TAIL_BYTES = 256 * 1024


class Supervised:
    """A running command. `folder` is its own: the log lies there, and the supervisor of a dead program removes it."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        self.log = folder / "engine.log"
        self._owner = os.getpid()
        self._lock = threading.Lock()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", supervisor.__file__, str(self._owner), str(folder), *argv],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                start_new_session=True,  # a Ctrl-C at the terminal is for the program, which then stops the engine
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def is_ours(self) -> bool:
        """False in a fork of the program, which must leave the engine alone."""
        return os.getpid() == self._owner

    def stop(self, grace: float = GRACE) -> None:
        """Ask it to end, and after `grace` seconds make it. Done when none of its processes is left."""
        with self._lock:
            self._say(supervisor.STOP)
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._say(supervisor.KILL)
                self._process.wait()
            finally:
                self._hang_up()

    def follow(self) -> Iterator[str]:
        """What is written to the log from now on, line by line, until the engine has ended."""
        with self.log.open(encoding="utf-8", errors="replace", newline="\n") as file:
            file.seek(0, os.SEEK_END)
            text = ""
            while True:
                ended = self.exit_code is not None
                text += file.read()
                *lines, text = text.split("\n")
                yield from map(drawn, lines)
                if ended:
                    return
                time.sleep(TICK)

    def _say(self, word: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BrokenPipeError):
                os.write(pipe.fileno(), word)

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()


def tail(log: Path, lines: int) -> list[str]:
    """The last lines of a log that say anything."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in map(drawn, text.split("\n")) if line][-lines:]


def drawn(line: str) -> str:
    """A line as a terminal shows it at last: a progress bar draws itself again and again."""
    return line.rstrip("\r").rpartition("\r")[2].rstrip()
