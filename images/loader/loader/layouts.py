"""How a model lies in the cache: as a hub cache has it, for all its revisions, or as a plain folder.

Each says where the files grow, and puts them under the model's name once all are there. The mark is written last: what
has none is not whole, whenever the loader was killed.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from loader.shelf import MARK, Shelf, write_aside, written
from loader.task import Listing, RemoteFile, Task


class Layout(Protocol):
    def place(self, file: RemoteFile) -> Path:
        """Where this file grows; one that is there, as long as it should be, is not fetched again."""

    def show(self, listing: Listing) -> dict[str, int]:
        """All files are there: give them their names. The answer is their sizes by path below the model's folder."""


def identity(task: Task) -> dict[str, Any]:
    """What a mark tells of the task that it was written for."""
    return {"reference": task.reference, "include": list(task.include), "exclude": list(task.exclude)}


def is_of(mark: Mapping[str, Any], task: Task) -> bool:
    return all(mark.get(key) == value for key, value in identity(task).items())


@dataclass(frozen=True, slots=True)
class Folder:
    """Each file by its path. The whole folder gets its name in one step."""

    shelf: Shelf
    task: Task

    def place(self, file: RemoteFile) -> Path:
        return self.shelf.loading(self.task.folder) / file.path

    def show(self, listing: Listing) -> dict[str, int]:
        loading, final = self.shelf.loading(self.task.folder), self.shelf.model(self.task.folder)
        sizes = {file.path: (loading / file.path).stat().st_size for file in listing.files}
        _drop_others(loading, sizes)
        mark = {**identity(self.task), "revision": listing.revision, "files": sizes}
        (loading / MARK).write_text(written([mark]))
        if final.exists():
            self.shelf.discard(final)
        loading.rename(final)
        return sizes


def _drop_others(folder: Path, wanted: Mapping[str, int]) -> None:
    """What an earlier try left of files that the store has no longer."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if str(path.relative_to(folder)) not in wanted:
            path.unlink()


@dataclass(frozen=True, slots=True)
class HubCache:
    """Contents by their hash, shared by all revisions; a snapshot of links for each commit; a name for it in refs."""

    shelf: Shelf
    task: Task

    @property
    def _model(self) -> Path:
        return self.shelf.model(self.task.folder)

    def place(self, file: RemoteFile) -> Path:
        return self._model / "blobs" / file.blob

    def show(self, listing: Listing) -> dict[str, int]:
        commit = listing.revision
        snapshot = self._model / "snapshots" / commit
        self._link(snapshot, {f.path: "../" * (2 + f.path.count("/")) + f"blobs/{f.blob}" for f in listing.files})
        revision = self.task.rest.partition("@")[2] or "main"
        if revision != commit:
            write_aside(self._model / "refs" / revision, commit)
        sizes = {f"snapshots/{commit}/{f.path}": (snapshot / f.path).stat().st_size for f in listing.files}
        mark = {**identity(self.task), "revision": commit, "files": sizes}
        others = [other for other in self.shelf.marks(self.task.folder) if not is_of(other, self.task)]
        write_aside(self._model / MARK, written([*others, mark]))
        return sizes

    def _link(self, snapshot: Path, links: Mapping[str, str]) -> None:
        """A new snapshot appears in one step; into one that other patterns have made, links are added."""
        if snapshot.exists():
            _make_links(links, snapshot)
            return
        aside = self.shelf.loading(self.task.folder) / snapshot.name
        shutil.rmtree(aside, ignore_errors=True)
        _make_links(links, aside)
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(snapshot)
        aside.parent.rmdir()


def _make_links(links: Mapping[str, str], into: Path) -> None:
    """Each link by its path below `into`; one that is there already is replaced in one step."""
    for path, goal in links.items():
        place = into / path
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f".{uuid.uuid4().hex[:8]}")
        aside.symlink_to(goal)
        aside.rename(place)
