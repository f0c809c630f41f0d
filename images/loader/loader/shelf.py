"""The model cache on its volume: one writer a model, and nothing under a model's name before it is whole.

Beside the models lies `.modelservice`: `locks`, `loading` (what is on its way) and `trash` (what is on its way out).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from loader.events import say
from loader.failures import LoadFailed, Reason

HIDDEN = ".modelservice"
MARK = ".modelservice.json"
"""In each model's folder: what was loaded, and the files with their sizes."""
LOOK_AGAIN = 0.5


class Shelf:
    """The cache's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hidden = root / HIDDEN

    def model(self, folder: str) -> Path:
        return self.root / folder

    def loading(self, folder: str) -> Path:
        return self.hidden / "loading" / folder

    @contextlib.contextmanager
    def locked(self, folder: str, wait: bool = True) -> Iterator[None]:
        """One writer at a time, across pods; the others say whom they wait for. The lock goes with its process."""
        path = self.hidden / "locks" / f"{folder}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+") as lock:
            told = False
            while not _taken(lock):
                lock.seek(0)
                holder = lock.read().strip() or "another loader"
                if not wait:
                    raise LoadFailed(Reason.INVALID, f"{folder} is being loaded by {holder}.", retry=True)
                if not told:
                    say("waiting", **{"for": holder})
                    told = True
                time.sleep(LOOK_AGAIN)
            lock.truncate(0)
            lock.write(socket.gethostname())
            lock.flush()
            yield

    def discard(self, path: Path) -> None:
        """Gone from its place at once, and from the disk a little later."""
        trash = self.hidden / "trash" / uuid.uuid4().hex
        trash.parent.mkdir(parents=True, exist_ok=True)
        path.rename(trash)
        self.sweep()

    def sweep(self) -> None:
        """Also what a killed loader had thrown away; two that sweep at once do not mind each other."""
        shutil.rmtree(self.hidden / "trash", ignore_errors=True)

    def marks(self, folder: str) -> list[dict[str, Any]]:
        """What was loaded into this folder, each entry whole when it was written."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return list(json.loads((self.model(folder) / MARK).read_text())["loaded"])
        return []

    def is_whole(self, folder: str, mark: Mapping[str, Any]) -> bool:
        """Whether every file of that entry is still there as long as it was."""
        return all(_size(self.model(folder) / path) == size for path, size in mark["files"].items())


def write_aside(path: Path, text: str) -> None:
    """A reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    aside.write_text(text)
    aside.rename(path)


def written(loaded: list[dict[str, Any]]) -> str:
    return json.dumps({"loaded": loaded}, indent=1)


def size_of(path: Path) -> int:
    """Bytes on the disk; a link counts for nothing, and a file on its way for what has come of it."""
    files = (file.lstat() for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(min(file.st_size, file.st_blocks * 512) for file in files)


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return -1


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
