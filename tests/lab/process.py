"""A component of the lab as a process, which any later Python process can find, pause, kill and restart.

It runs in its own session, writes to its own log, and is remembered in a file together with its start time,
so that a process which merely inherited the number is never touched.
"""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.errors import LabError

NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc")
RECORD = ".process"
_children: dict[int, subprocess.Popen[bytes]] = {}
"""Our direct children, kept so that they are reaped and do not stay as zombies."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is remembered of a started process. `pids` holds nsenter before the program that it started."""

    argv: list[str]
    env: dict[str, str]
    inside: int | None
    pids: list[tuple[int, int]]
    """Process numbers with their start times."""


class Process:
    """The process called `name`, whose log and record lie in `folder`; at most one runs at a time."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._record = folder / f"{name}{RECORD}"

    @classmethod
    def recorded(cls, folder: Path) -> "list[Process]":
        """All that were ever started with their files in this folder or below it."""
        return [cls(record.name.removesuffix(RECORD), record.parent) for record in folder.rglob(f"*{RECORD}")]

    def __repr__(self) -> str:
        return f"Process({self.name})"

    def start(self, argv: Sequence[str | Path], env: Mapping[str, str] = {}, inside: int | None = None) -> None:
        """Run this command; with `inside`, in the namespaces of that process (root only)."""
        if self.running:
            raise LabError(f"{self.name} runs already")
        self._start([str(arg) for arg in argv], dict(env), inside)

    def restart(self) -> None:
        """Kill it if it runs, and run the same command again."""
        known = self._known()
        if known is None:
            raise LabError(f"{self.name} was never started")
        self.kill()
        self._start(known.argv, known.env, known.inside)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; nothing happens if it does not run."""
        self._signal(signal.SIGKILL)
        self.join(10)

    def terminate(self, grace: float) -> None:
        """SIGTERM, then SIGKILL for what is still there `grace` seconds later."""
        self._signal(signal.SIGTERM)
        try:
            self.join(grace)
        except LabError:
            self.kill()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def join(self, timeout: float) -> None:
        """Return once it is gone."""
        deadline = time.monotonic() + timeout
        for pid, began in self._pids():
            with _opened(pid, began) as handle:
                if handle is not None and not _gone(handle, deadline - time.monotonic()):
                    raise LabError(f"{self.name} (process {pid}) is still there after {timeout:.0f} s")
            _reap(pid)

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The number of the program itself, as the root process namespace sees it."""
        for pid, began in reversed(self._pids()):
            if alive(pid, began):
                return pid
            _reap(pid)
        return None

    def check(self) -> None:
        """Raise, with the end of its log, if it does not run."""
        if not self.running:
            raise LabError(f"{self.name} has ended; its log {self.log} says:\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _start(self, argv: list[str], env: dict[str, str], inside: int | None) -> None:
        entry = ["nsenter", f"--target={inside}", *NAMESPACES, "--"] if inside else []
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [*entry, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(self.log.parent), **env},
                start_new_session=True,
            )
        _children[child.pid] = child
        pids = [child.pid, *([_only_child(child)] if inside else [])]
        known = [(pid, began) for pid in pids if (began := start_time(pid)) is not None]
        self._record.write_text(json.dumps(asdict(Running(argv, env, inside, known))))

    def _signal(self, number: signal.Signals) -> None:
        # nsenter comes last: it stops itself when it sees its program stopped, and would not reap it any more.
        for pid, began in reversed(self._pids()):
            with _opened(pid, began) as handle:
                if handle is not None:
                    with suppress(ProcessLookupError):  # it may end at any moment
                        signal.pidfd_send_signal(handle, number)

    def _pids(self) -> list[tuple[int, int]]:
        known = self._known()
        return known.pids if known else []

    def _known(self) -> Running | None:
        try:
            record = json.loads(self._record.read_text())
        except FileNotFoundError:
            return None
        return Running(**record | {"pids": [(pid, began) for pid, began in record["pids"]]})


def start_time(pid: int) -> int | None:
    """In clock ticks since the machine started; nothing for a process that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[19])


def alive(pid: int, began: int) -> bool:
    """Whether that process has any thread left: a dead first thread looks like a zombie while others still run."""
    with _opened(pid, began) as handle:
        return handle is not None and not _gone(handle, 0)


def wait_for_end(pid: int) -> None:
    """Return once the process of this number has ended."""
    began = start_time(pid)
    if began is not None:
        with _opened(pid, began) as handle:
            if handle is not None:
                select.select([handle], [], [])


@contextmanager
def _opened(pid: int, began: int) -> Iterator[int | None]:
    """A handle on exactly that process, or nothing if it is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield handle if start_time(pid) == began else None
    finally:
        os.close(handle)


def _gone(handle: int, timeout: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(max(0, timeout) * 1000))


def _reap(pid: int) -> None:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]


def _only_child(parent: subprocess.Popen[bytes]) -> int:
    """The program that nsenter started in the other process namespace."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and parent.poll() is None:
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.005)
    return parent.pid
