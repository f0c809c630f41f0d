"""Programs that start model servers, so that tests can end them in every way, and the processes that they leave."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

MARK = "MODELSERVICE_TEST"
"""A variable that every process of a program inherits, by which those that are left are found."""
DEADLINE = 60.0


class Program:
    """A running program whose standard output can be read line by line."""

    def __init__(self, command: Sequence[str], **pipes: int) -> None:
        self.mark = uuid4().hex
        self.folder = Path(tempfile.mkdtemp())
        self.process = subprocess.Popen(
            command,
            env={**os.environ, MARK: self.mark, "TMPDIR": str(self.folder)},
            text=True,
            preexec_fn=_hear_signals,
            **pipes,
        )  # type: ignore[call-overload]

    def line(self) -> str:
        return str(self.process.stdout.readline()).strip()

    def processes(self) -> list[int]:
        """All of the program's that are still there, itself too."""
        wanted = f"{MARK}={self.mark}".encode()
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if wanted in _environ(folder)]

    def wait_until_nothing_is_left(self) -> None:
        wait_until(lambda: not self.processes(), "no process of the program is left")


@contextmanager
def python(code: str) -> Iterator[Program]:
    """A Python program."""
    with running(Program([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE)) as program:
        yield program


@contextmanager
def modelservice(*words: str, **pipes: int) -> Iterator[Program]:
    """The command line as users call it."""
    with running(Program([sys.executable, "-m", "modelservice", *words], **pipes)) as program:
        yield program


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """It, all of its processes and its temporary files are gone at the end, whatever a test did."""
    try:
        yield program
    finally:
        for number in program.processes():
            os.kill(number, 9)
        program.process.communicate()
        shutil.rmtree(program.folder)


def _hear_signals() -> None:
    """A program inherits what its parent ignores, and one that was started by nohup ignores a hang-up."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def wait_until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not within {DEADLINE:.0f} s: {what}"
        time.sleep(0.02)


def _environ(folder: Path) -> list[bytes]:
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or another user's
        return []
