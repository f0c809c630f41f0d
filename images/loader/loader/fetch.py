"""One model into the cache, if it is not there: looked for before anything is asked of its store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loader.events import say_last
from loader.layouts import is_of
from loader.shelf import Shelf
from loader.task import Task


def fetch(shelf: Shelf, task: Task) -> None:
    found = whole(shelf, task)
    if found is None:
        with shelf.locked(task.folder):
            found = whole(shelf, task)
            if found is None:
                from loader.load import load  # with the libraries of the network: most pods find their model there

                load(shelf, task)
                return
    say_last("done", bytes=sum(found["files"].values()), downloaded=0, revision=found["revision"])


def whole(shelf: Shelf, task: Task) -> Mapping[str, Any] | None:
    """The mark of this very task, if its files are all there."""
    marks = (mark for mark in shelf.marks(task.folder) if is_of(mark, task))
    return next((mark for mark in marks if shelf.is_whole(task.folder, mark)), None)
