"""A file on its way: `<name>.part` beside a journal of what is in it, from which a later loader goes on."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from loader.task import RemoteFile

PIECE = 64 * 1024 * 1024
GROWING = (".part", ".journal")
"""How the names end of what is on its way."""
BOOT = Path("/proc/sys/kernel/random/boot_id")


class Part:
    """Pieces of `start` and `end`, and how far each has come. The end of one piece is not known: None."""

    def __init__(self, file: RemoteFile, target: Path) -> None:
        self.file = file
        self.target = target
        self.content, self._journal = (target.with_name(f"{target.name}{ending}") for ending in GROWING)
        self.pieces = _pieces(file)
        self._lengths = self._remembered()
        self.resumed = self.there > 0
        self._open = len(self.pieces)
        self._lock = threading.Lock()

    @property
    def there(self) -> int:
        return sum(self._lengths.values())

    def length(self, number: int) -> int:
        """How much of a piece is there."""
        return self._lengths.get(number, 0)

    def begin(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if not self.resumed:
            self.content.write_bytes(b"")
            self._journal.write_text(f"{self._identity()}\n")

    def note(self, number: int, length: int) -> None:
        """After the bytes themselves were written."""
        with self._lock, self._journal.open("a") as journal:
            self._lengths[number] = length
            journal.write(f"{number} {length}\n")

    def is_last_piece(self) -> bool:
        """Whether the one that asks has ended the last open piece."""
        with self._lock:
            self._open -= 1
            return self._open == 0

    def forget(self) -> int:
        """Begin from nothing; the answer is how much was there."""
        there, self._lengths, self.resumed = self.there, {}, False
        self.begin()
        return there

    def finish(self) -> None:
        """Safe on the disk, and then under its own name."""
        with self.content.open("rb") as content:
            os.fsync(content.fileno())
        self.content.rename(self.target)
        self._journal.unlink()

    def discard(self) -> None:
        self.content.unlink()
        self._journal.unlink()

    def _remembered(self) -> dict[int, int]:
        """By piece; nothing where the file has changed at its store."""
        if not (self.content.exists() and self._journal.exists()) or self.file.size is None:
            return {}
        head, *lines = self._journal.read_text().splitlines() or [""]
        if head != self._identity():
            return {}
        words = (line.split(" ") for line in lines)
        return {int(said[0]): int(said[1]) for said in words if len(said) == 2 and all(map(str.isdigit, said))}

    def _identity(self) -> str:
        """Where no digest tells in the end, a journal is believed only by the machine's boot that wrote it: after a
        loss of power it may speak of bytes that never reached the disk.
        """
        boot = "" if self.file.checks else BOOT.read_text().strip()
        return f"{self.file.size} {self.file.checks} {self.file.version} {PIECE} {boot}"


def _pieces(file: RemoteFile) -> list[tuple[int, int | None]]:
    if not file.size:
        return [(0, None)]
    if not file.ranges:
        return [(0, file.size)]
    return [(start, min(start + PIECE, file.size)) for start in range(0, file.size, PIECE)]
