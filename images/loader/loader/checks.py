"""Whether a file is what its store said that it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

from loader.task import RemoteFile

PIECE = 4 * 1024 * 1024


def wrong(content: Path, file: RemoteFile) -> str:
    """What does not fit, ending a sentence that begins with the file; empty when all does."""
    size = content.stat().st_size
    if file.size is not None and size != file.size:
        return f"came with {size} bytes, and its store had told {file.size}"
    for algorithm, wanted in file.checks:
        found = digest(content, algorithm)
        if found != wanted.lower():
            name = "git hash" if algorithm == "git" else algorithm
            return f"has the {name} {found}, and {wanted} is expected"
    return ""


def digest(content: Path, algorithm: str) -> str:
    """`git` is Git's own name of a file: SHA-1 with a head."""
    found = hashlib.new("sha1" if algorithm == "git" else algorithm, usedforsecurity=False)
    if algorithm == "git":
        found.update(b"blob %d\0" % content.stat().st_size)
    with content.open("rb") as stream:
        while piece := stream.read(PIECE):
            found.update(piece)
    return found.hexdigest()
