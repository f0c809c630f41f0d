"""A model that is not whole: listed, transferred, checked, and only then given its name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from loader import stores
from loader.events import Progress, say, say_last
from loader.failures import LoadFailed, Reason
from loader.layouts import Folder, HubCache, Layout
from loader.part import Part
from loader.shelf import Shelf
from loader.task import Listing, RemoteFile, Task
from loader.transfer import Transfer


def load(shelf: Shelf, task: Task) -> None:
    store = stores.store(task)
    listing = _checked(task, store.listing(task))
    layout: Layout = HubCache(shelf, task) if task.scheme == stores.HUB else Folder(shelf, task)
    # Files with the same content have one place in a hub cache.
    places = {layout.place(file): file for file in listing.files}
    parts = [Part(file, place) for place, file in places.items() if not _is_there(place, file)]
    fetched = sum(part.file.size or 0 for part in parts)
    progress = Progress(listing.total, (listing.total or fetched) - fetched + sum(part.there for part in parts))
    shelf.sweep()
    _make_sure_of_room(shelf, parts)
    say("start", total=listing.total, files=len(listing.files))
    with progress.told():
        Transfer(store, task, progress).run(parts)
    sizes = layout.show(listing)
    say_last("done", bytes=sum(sizes.values()), downloaded=progress.downloaded, revision=listing.revision)


def _checked(task: Task, listing: Listing) -> Listing:
    if not listing.files:
        chosen = " that the patterns leave" if task.include or task.exclude else ""
        raise LoadFailed(Reason.NOT_FOUND, f"There is no file{chosen} at {task.reference}.")
    if not task.sha256:
        return listing
    if len(listing.files) > 1:
        message = f"A sha256 is of one file, and {task.reference} has {len(listing.files)}."
        raise LoadFailed(Reason.INVALID, message)
    [file] = listing.files
    return replace(listing, files=(replace(file, checks=(*file.checks, ("sha256", task.sha256))),))


def _is_there(place: Path, file: RemoteFile) -> bool:
    return place.exists() and place.stat().st_size == file.size


def _make_sure_of_room(shelf: Shelf, parts: list[Part]) -> None:
    """Said before the first byte rather than after the last that fits."""
    needed = sum((part.file.size or 0) - part.there for part in parts)
    status = os.statvfs(shelf.root)
    free = status.f_bavail * status.f_frsize
    if needed > free:
        message = f"{_gigabytes(needed)} more are needed in the model cache, and {_gigabytes(free)} are free."
        raise LoadFailed(Reason.NO_SPACE, message)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e7 else f"{count / 1e6:.2f} MB"
