"""Stands between a program and the engine that it started, and sees to it that the engine never outlives the program.

Run as a file of its own by a bare Python: `supervisor.py PARENT FOLDER COMMAND...`, with a pipe from the parent as
standard input. It needs nothing but the standard library, works on Linux and macOS, and ends the engine's whole
process group when the parent says so, closes the pipe, or is gone, be it by `kill -9`. Where a fork of the parent keeps
the pipe open, the parent's process id tells. On Linux the kernel ends the engine should this process be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

STOP, KILL = b"s", b"k"
GRACE = 10.0
"""Seconds that the engine of a dead parent gets to end by itself."""
TICK = 0.1
PR_SET_PDEATHSIG = 1


class Supervisor:
    """One engine, from its start to the end of the last of its processes."""

    def __init__(self, parent: int, command: Sequence[str]) -> None:
        self.parent = parent
        self.deadline: float | None = None
        self.orphaned = False
        self.engine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_end_with(os.getpid())
        )

    def run(self) -> int:
        """Until the engine has ended; its exit code, as a shell would tell it."""
        signal.signal(signal.SIGTERM, lambda *_: self.stop(GRACE))
        while self.engine.poll() is None:
            self._listen()
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self._signal(signal.SIGKILL)
                self.engine.wait()
        self._signal(signal.SIGKILL)  # what the engine started and left behind
        code = self.engine.returncode
        return code if code >= 0 else 128 - code

    def stop(self, grace: float) -> None:
        """Ask it to end, once, and set the time when it is made to."""
        if self.deadline is None:
            self._signal(signal.SIGTERM)
        self.deadline = min(self.deadline or float("inf"), time.monotonic() + grace)

    def _listen(self) -> None:
        if self.orphaned:
            time.sleep(TICK)
            return
        heard = os.read(0, 1) if select.select([0], [], [], TICK)[0] else None
        if heard == KILL:
            self.stop(0)
        elif heard == STOP:
            self.stop(float("inf"))
        elif heard == b"" or os.getppid() != self.parent:
            self.orphaned = True
            self.stop(GRACE)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM where only zombies are left
            os.killpg(self.engine.pid, number)


def _end_with(supervisor: int) -> Callable[[], None] | None:
    """Run in the engine before its program: Linux ends it with its supervisor, however that ends."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)

    return arrange


def main() -> int:
    parent, folder, *command = sys.argv[1:]
    try:
        supervisor = Supervisor(int(parent), command)
    except OSError as error:
        print(f"{command[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return 127
    code = supervisor.run()
    if supervisor.orphaned:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
