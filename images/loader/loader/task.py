"""What is to be fetched, and what a store says that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from loader.failures import LoadFailed, Reason

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Task:
    """One model: its reference, its folder in the cache, and which files."""

    reference: str
    folder: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    endpoint: str = ""
    sha256: str = ""

    @property
    def scheme(self) -> str:
        return self.reference.partition("://")[0]

    @property
    def rest(self) -> str:
        """The reference without its scheme."""
        return self.reference.partition("://")[2]

    def wants(self, path: str) -> bool:
        """A pattern matches a whole path, as the hub's clients have it: `*` also spans slashes."""
        included = not self.include or any(_matches(path, pattern) for pattern in self.include)
        return included and not any(_matches(path, pattern) for pattern in self.exclude)


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path, f"{pattern}*" if pattern.endswith("/") else pattern)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file's content is asked for; made anew for each request, since some addresses expire."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of the model.

    `checks` are (algorithm, hex digest) pairs; `version` is the store's word for this content where it has no digest;
    `blob` names the content in a hub cache; `ranges` says that parts of it can be asked for.
    """

    path: str
    size: int | None
    address: Callable[[], Address]
    checks: tuple[tuple[str, str], ...] = ()
    version: str = ""
    blob: str = ""
    ranges: bool = True

    def __post_init__(self) -> None:
        words = PurePosixPath(self.path).parts
        if not words or self.path.startswith("/") or ".." in words:
            message = f"The store has a file called `{self.path}`, which leads out of the model's folder."
            raise LoadFailed(Reason.INVALID, message)


@dataclass(frozen=True, slots=True)
class Listing:
    """All that is to be there in the end."""

    revision: str
    files: tuple[RemoteFile, ...]

    @property
    def total(self) -> int | None:
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None


class Store(Protocol):
    """Where models come from: one kind of reference."""

    def listing(self, task: Task) -> Listing:
        """What there is to fetch. Raises LoadFailed."""

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        """Why a file was not given, for a status that is no passing one."""
