"""Old revisions of a model leave its folder, with the contents that no other is made of; the last takes the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loader.shelf import MARK, Shelf, size_of, write_aside, written


def pruned(shelf: Shelf, folder: str, goes: Callable[[str], bool]) -> tuple[tuple[str, ...], int]:
    """Drops the references that `goes` is true of: which they were, and the bytes set free.

    The marks go first: what has none counts as not there. What bears no mark, or is on its way, is not touched.
    """
    model = shelf.model(folder)
    with shelf.locked(folder, wait=False):
        before, marks = size_of(model), shelf.marks(folder)
        kept = [mark for mark in marks if not goes(mark["reference"])]
        dropped = sorted({mark["reference"] for mark in marks} - {mark["reference"] for mark in kept})
        if not dropped:
            return (), 0
        gone = {mark["revision"] for mark in marks} - {mark["revision"] for mark in kept}
        write_aside(model / MARK, written(kept))
        for name in [path for path in (model / "refs").rglob("*") if path.is_file() and path.read_text() in gone]:
            name.unlink()
        contents: set[Path] = set()
        for commit in gone:
            if (model / "snapshots" / commit).exists():
                contents |= _linked(model / "snapshots" / commit)
                shelf.discard(model / "snapshots" / commit)
        for blob in contents - _linked(model / "snapshots"):
            blob.unlink(missing_ok=True)
        if not kept and not any((model / "snapshots").glob("*")):
            shelf.discard(model)
        return tuple(dropped), before - size_of(model)


def _linked(folder: Path) -> set[Path]:
    """The contents that snapshots below this folder are made of."""
    return {path.resolve() for path in folder.rglob("*") if path.is_symlink()}
