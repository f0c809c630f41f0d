"""One file per kind of store. Each imports its own library, so it is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from loader.failures import LoadFailed, Reason
from loader.task import Store, Task

HUB = "hf"
MODULES: Mapping[str, str] = {
    HUB: "hub",
    "modelscope": "modelscope",
    "s3": "s3",
    "gs": "gs",
    "https": "url",
}
"""The module by the reference's scheme; each has a `STORE`, which makes one."""


def store(task: Task) -> Store:
    if task.scheme not in MODULES:
        raise LoadFailed(Reason.INVALID, f"{task.reference} is of no kind that the loader fetches.")
    made: Store = import_module(f"{__name__}.{MODULES[task.scheme]}").STORE()
    return made
