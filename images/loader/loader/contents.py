"""What lies in a cache, and how it is removed: for `modelservice cache`."""

from __future__ import annotations

from typing import Any

from loader.shelf import Shelf, size_of


def listed(shelf: Shelf) -> list[dict[str, Any]]:
    """Everything that lies in the cache: `whole`, `partial`, or `unknown` where another program has put it there."""
    folders = [path for path in sorted(shelf.root.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    found = [_described(shelf, path.name) for path in folders]
    known = {path.name for path in folders}
    loading = sorted((shelf.hidden / "loading").glob("*"))
    return found + [_described(shelf, path.name) for path in loading if path.name not in known]


def _described(shelf: Shelf, folder: str) -> dict[str, Any]:
    marks = shelf.marks(folder)
    complete = [mark for mark in marks if shelf.is_whole(folder, mark)]
    is_foreign = not marks and any(shelf.model(folder).glob("snapshots/*"))
    return {
        "folder": folder,
        "bytes": size_of(shelf.model(folder)) + size_of(shelf.loading(folder)),
        "state": "whole" if complete else "unknown" if is_foreign else "partial",
        "loaded": [{"reference": mark["reference"], "revision": mark["revision"]} for mark in complete],
    }


def removed(shelf: Shelf, folder: str) -> int:
    """Bytes set free. What is being loaded is not removed."""
    with shelf.locked(folder, wait=False):
        gone = [path for path in (shelf.model(folder), shelf.loading(folder)) if path.exists()]
        freed = sum(size_of(path) for path in gone)
        for path in gone:
            shelf.discard(path)
    return freed
