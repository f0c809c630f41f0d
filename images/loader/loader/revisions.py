"""Old revisions of a model leave its folder, with the contents that no other is made of; the last takes the folder."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from loader.part import GROWING
from loader.shelf import MARK, Shelf, size_of, write_aside, written


def pruned(shelf: Shelf, folder: str, dropped: Collection[str]) -> int:
    """Bytes set free by dropping these references. The marks go first: what has none counts as not there."""
    model = shelf.model(folder)
    with shelf.locked(folder, wait=False):
        before, marks = size_of(model), shelf.marks(folder)
        kept = [mark for mark in marks if mark["reference"] not in dropped]
        gone = {mark["revision"] for mark in marks} - {mark["revision"] for mark in kept}
        write_aside(model / MARK, written(kept))
        for name in [path for path in (model / "refs").rglob("*") if path.is_file() and path.read_text() in gone]:
            name.unlink()
        for commit in gone:
            if (model / "snapshots" / commit).exists():
                shelf.discard(model / "snapshots" / commit)
        for blob in _unlinked(model):
            blob.unlink()
        if not kept and not any((model / "snapshots").glob("*")):
            shelf.discard(model)
        return before - size_of(model)


def _unlinked(model: Path) -> list[Path]:
    linked = {path.resolve() for path in (model / "snapshots").rglob("*") if path.is_symlink()}
    return [path for path in (model / "blobs").glob("*") if path.suffix not in GROWING and path.resolve() not in linked]
