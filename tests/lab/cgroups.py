"""The branch of the machine's cgroups under which a node's kubelet keeps its pods; made before, and gone after."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from lab.errors import LabError

ROOT = Path("/sys/fs/cgroup")
REMOVED_WITHIN = 10.0


def version() -> int:
    """2 where the unified hierarchy has the controllers, else 1."""
    return 2 if (ROOT / "cgroup.controllers").exists() else 1


def controllers() -> set[str]:
    """The kinds of resources that can be limited here."""
    if version() == 2:
        return set((ROOT / "cgroup.controllers").read_text().split())
    return {name for hierarchy in _hierarchies() for name in hierarchy.name.split(",")}


def make(branch: str) -> None:
    """Make `branch` in every hierarchy, ready to take pods."""
    for hierarchy in _hierarchies():
        folder = hierarchy
        for part in branch.strip("/").split("/"):
            _delegate(folder)
            parent, folder = folder, folder / part
            folder.mkdir(exist_ok=True)
            _inherit_cpuset(parent, folder)
        _delegate(folder)


def remove(branch: str) -> None:
    """Kill what still runs under `branch` and remove it from every hierarchy."""
    deadline = time.monotonic() + REMOVED_WITHIN
    for hierarchy in [*_hierarchies(), ROOT / "unified"]:
        while (top := hierarchy / branch.strip("/")).exists():
            _try_to_remove(top)
            if time.monotonic() > deadline:
                raise TimeoutError(f"the cgroup {top} cannot be emptied; its processes: {sorted(_members(top))}")


def processes(branch: str, group: str) -> set[int]:
    """The processes of the group of that name, wherever under `branch` it is."""
    top = _hierarchies()[0] / branch.strip("/")
    return {pid for folder in _depth_first(top) if folder.name == group for pid in _members(folder)}


def _hierarchies() -> list[Path]:
    if version() == 2:
        return [ROOT]
    return [entry for entry in sorted(ROOT.iterdir()) if (entry / "tasks").exists()]


def _delegate(folder: Path) -> None:
    """Version 2: children may use every controller that this folder has (a v1 hierarchy needs no such word)."""
    if version() == 1:
        return
    for controller in (folder / "cgroup.controllers").read_text().split():
        try:
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError as error:
            raise LabError(f"{folder} does not pass on {controller}: {error.strerror}; is this a container?") from error


def _inherit_cpuset(parent: Path, folder: Path) -> None:
    """Version 1: a cpuset refuses every task until it is told its CPUs and memory nodes."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if version() == 1 and (folder / name).exists() and not (folder / name).read_text().strip():
            (folder / name).write_text((parent / name).read_text())


def _try_to_remove(top: Path) -> None:
    for pid in _members(top):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in _depth_first(top):
        with contextlib.suppress(OSError):
            folder.rmdir()
    if top.exists():
        time.sleep(0.05)


def _members(top: Path) -> set[int]:
    pids: set[int] = set()
    for folder in _depth_first(top):
        with contextlib.suppress(OSError):
            pids.update(int(line) for line in (folder / "cgroup.procs").read_text().split())
    return pids - {0}


def _depth_first(top: Path) -> Iterator[Path]:
    for folder, _, _ in os.walk(top, topdown=False):
        yield Path(folder)
