"""An absolute path: the model lies in the container already, baked into the image or mounted by `podTemplate`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located
from modelservice.sources.source import Reference

_HUB_FOLDER = re.compile(r"models--(.+?)--(.+)")


class AbsolutePath:
    """`/models/qwen`, or a folder of a hub cache such as `/cache/hub/models--org--name/snapshots/main`."""

    scheme = "/"
    takes = DETAILS["/"]
    instead: Mapping[str, str] = {}

    def locate(self, reference: Reference) -> Located | Finding:
        path = reference.text
        problem = path_problem(path)
        if problem:
            return reference.refused(problem)
        return Located(argument=path, public_id=public_id(path), path=path)


def path_problem(path: str) -> str | None:
    """What is wrong with a path inside the container; None when nothing is."""
    words = path.split("/")[1:]
    if ".." in words or "." in words:
        return "must not contain `.` or `..`: write the path in full"
    if not path.strip("/"):
        return "is the root of the file system: name the model's own folder"
    return None


def public_id(path: str) -> str:
    """The id that a folder of a hub cache stands for, else the last word of the path."""
    words = [word for word in PurePosixPath(path).parts if word != "/"]
    for word in words:
        match = _HUB_FOLDER.fullmatch(word)
        if match:
            return f"{match[1]}/{match[2]}"
    return words[-1]


SOURCE = AbsolutePath()
