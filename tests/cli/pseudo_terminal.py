"""A user at a terminal: the program runs on a pseudo-terminal, and what it shows there can be waited for."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

WITHIN = 60.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Program(Protocol):
    """What is started: the words that come before and after those that a user types, and where."""

    argv: Sequence[str]
    where: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


class PseudoTerminal:
    """A context: the program lives in it, and is killed at its end if it has not ended by itself."""

    def __init__(self, program: Program, *words: str, **environment: str) -> None:
        self._program = program
        self._words = words
        self._environment = environment
        self.raw = ""
        """All that was written to the terminal, with its escape sequences."""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        # A run in the background ignores Ctrl-C, and a child inherits that; a program at a terminal never does.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            [*self._program.argv, *self._words, *self._program.where],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self._program.folder,
            env={**self._program.environment, "TERM": "xterm", "COLUMNS": "120", **self._environment},
            start_new_session=True,
        )
        os.close(slave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What a person reads, without colours."""
        return ESCAPES.sub("", self.raw)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Until the text shows it; what came before the match is read and gone."""
        deadline = time.monotonic() + WITHIN
        while (found := re.search(pattern, self.text)) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text}"
            self._read(0.1)
        return found

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def end_input(self) -> None:
        """Ctrl-D."""
        os.write(self._master, b"\x04")

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def forget(self) -> None:
        """Only what comes from now on counts."""
        self.raw = ""

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        deadline = time.monotonic() + WITHIN
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on:\n{self.text}"
            self._read(0.1)
        self._read(0)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        """What is there; at the end of the program the terminal answers with an error."""
        try:
            while select.select([self._master], [], [], seconds)[0]:
                self.raw += os.read(self._master, 65536).decode(errors="replace")
                seconds = 0
        except OSError:
            time.sleep(0.01)
