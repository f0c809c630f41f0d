"""Where the lab keeps what it builds: each thing is named by a hash of what it is made from, and made once.

What nobody has used for a week goes when a newer one of its kind is built. A lock keeps two builds of one thing from
colliding, and a line on stderr says what is being built and how long it took last time.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HASHED = re.compile(r"(.+)-[0-9a-f]{16}(\..+)?")
UNUSED_SECONDS = 7 * 24 * 3600.0


def root() -> Path:
    """The folder of everything that outlives a test run: $MODELSERVICE_CACHE, or ~/.cache/modelservice."""
    return Path(os.environ.get("MODELSERVICE_CACHE") or Path.home() / ".cache" / "modelservice")


def running() -> Path:
    """The folder of running labs; a user who may only read the cache gets one of their own."""
    if os.access(root(), os.W_OK) or not root().exists():
        return root() / "labs"
    return Path(tempfile.gettempdir()) / f"modelservice-{os.getuid()}" / "labs"


def digest(*inputs: Path | str) -> str:
    """A short name for these inputs: files and folders count by content and relative name, text by itself."""
    whole = hashlib.sha256()
    for part in inputs:
        for name, content in _contents(part):
            whole.update(f"{len(name)}:{name}:{len(content)}:".encode() + content)
    return whole.hexdigest()[:16]


def _contents(part: Path | str) -> Iterator[tuple[str, bytes]]:
    if isinstance(part, str):
        yield "", part.encode()
    elif part.is_file():
        yield part.name, part.read_bytes()
    else:
        for file in sorted(f for f in part.rglob("*") if f.is_file()):
            yield f"{file.relative_to(part)}:{file.stat().st_mode & 0o111}", file.read_bytes()


def make(target: Path, what: str, build: Callable[[Path], object]) -> Path:
    """`target`, made by `build(path)` if it is not there yet; it appears whole or not at all."""
    if target.exists():
        _used(target)
        return target
    _remove_unfinished(target.parent)
    _remove_unused(target)
    with locked(target):
        if not target.exists():
            unfinished = target.with_name(f".{target.name}.{os.getpid()}")
            with building(what):
                build(unfinished)
            unfinished.rename(target)
    return target


def _used(target: Path) -> None:
    """Of what may go, the time of its last change is that of its last use, where this user may write it."""
    if HASHED.fullmatch(target.name) and os.access(target, os.W_OK):
        os.utime(target)


def _remove_unused(newer: Path) -> None:
    """Remove what went by the name of `newer`, but for the hash, and has not been used for long."""
    kind = HASHED.fullmatch(newer.name)
    if kind is None:
        return
    for older in list(newer.parent.glob("*")):
        named = HASHED.fullmatch(older.name)
        if named and named.groups() == kind.groups() and time.time() - older.lstat().st_mtime > UNUSED_SECONDS:
            with locked(older):
                shutil.rmtree(older, ignore_errors=True) if older.is_dir() else older.unlink(missing_ok=True)


def _remove_unfinished(folder: Path) -> None:
    """Remove what killed builds left in this folder: nobody holds the lock of what they were to become."""
    for left in folder.glob(".*"):
        found = re.fullmatch(r"\.(.+?)\.\d+(\..+)?", left.name)
        if found is None:
            continue
        with left.with_name(f".{found[1]}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Nobody else on this machine holds the lock of `target` meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def building(what: str) -> Iterator[None]:
    """Say on stderr that `what` is being built and how long that took last time, and remember this time."""
    last = _durations().get(what)
    say(f"building {what} ..." if last is None else f"building {what} ({last:.0f} s last time) ...")
    start = time.monotonic()
    yield
    took = time.monotonic() - start
    say(f"built {what} in {took:.0f} s")
    with locked(root() / "durations.json"):
        _write_atomically(root() / "durations.json", json.dumps(_durations() | {what: round(took, 1)}, indent=1))


def say(line: str) -> None:
    """One line of progress, on stderr."""
    print(f"lab: {line}", file=sys.stderr, flush=True)


def _durations() -> dict[str, float]:
    try:
        known: dict[str, float] = json.loads((root() / "durations.json").read_text())
    except FileNotFoundError:
        return {}
    return known


def _write_atomically(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.rename(path)
