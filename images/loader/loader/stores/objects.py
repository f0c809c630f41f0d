"""Objects of a bucket as the files of a model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from loader.task import Task


def split(task: Task) -> tuple[str, str]:
    """The bucket, and what names begin with in it."""
    bucket, _, prefix = task.rest.partition("/")
    return bucket, prefix


def below(task: Task, names: Iterable[str]) -> dict[str, str]:
    """Path in the model -> name in the store: the one object of that name, else all below it that are wanted.

    Some stores have empty objects that stand for folders; their names end in a slash.
    """
    _, prefix = split(task)
    known = list(names)
    if prefix in known:
        return {PurePosixPath(prefix).name: prefix}
    folder = f"{prefix}/" if prefix else ""
    inside = {name.removeprefix(folder): name for name in known if name.startswith(folder) and not name.endswith("/")}
    return {path: name for path, name in inside.items() if task.wants(path)}
