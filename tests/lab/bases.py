"""The public base images that the project's Containerfiles start from, made on this machine instead of pulled.

Debian's own root file system stands in for `debian:bookworm-slim`, and with Debian's Python 3.11 in it for
`python:3.11-slim`.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import buildah, cache, debian, indexes
from lab.errors import LabError

SUITE = "bookworm"
DEBIAN = f"debian:{SUITE}-slim"
PYTHON = "python:3.11-slim"
NAMES = (DEBIAN, PYTHON)

FOLDER = Path(__file__).parent / "bases"
NO_PART = ("./proc/*", "./sys/*", "./dev/*", "./var/cache/apt/*", "./var/lib/apt/lists/*", "./var/log/*")
DOCUMENTATION = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*", "./usr/share/info/*")
LEFT_OUT = NO_PART + DOCUMENTATION
"""As in the public slim images."""


def digest(name: str) -> str:
    """Names what the content of this base image follows from."""
    debian = cache.digest(SUITE, indexes.debian_mirror() or "", *LEFT_OUT, *indexes.MOUNT_POINTS)
    return {DEBIAN: debian, PYTHON: cache.digest(debian, FOLDER / "python")}[name]


def archive(name: str) -> Path:
    """The base image of this name as a docker-archive; it is made now if it never was."""
    label = name.replace(":", "-")
    made = {DEBIAN: _debian, PYTHON: _python}[name]
    return cache.make(_folder() / f"{label}-{digest(name)}.tar", f"the base image {label}", made)


def qualified(name: str) -> str:
    """The name as the public registry spells it in full."""
    return f"docker.io/library/{name}"


def apt_sources() -> str:
    """The line that names the mirror which the base images came from."""
    archive(DEBIAN)
    return _sources().read_text()


def _folder() -> Path:
    return cache.root() / "images" / "bases"


def _sources() -> Path:
    return _folder() / f"debian-{digest(DEBIAN)}.sources"


def _debian(target: Path) -> None:
    debian.require("debootstrap")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as work:
        root = Path(work, "root")
        _debootstrap(root)
        (root / indexes.APT_SOURCES[1:]).rename(_sources())
        for path in indexes.MOUNT_POINTS:
            (root / path[1:]).touch()
        context = Path(work, "context")
        context.mkdir()
        _pack(root, context / "root.tar")
        shutil.rmtree(root)
        containerfile = context / "Containerfile"
        containerfile.write_text('FROM scratch\nADD root.tar /\nCMD ["bash"]\n')
        buildah.build(context, containerfile, qualified(DEBIAN), target, bases=(), mounts={}, arguments={})


def _python(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as work:
        mounts = indexes.mounts(Path(work, "settings"), apt_sources())
        context = FOLDER / "python"
        buildah.build(context, context / "Containerfile", qualified(PYTHON), target, [archive(DEBIAN)], mounts, {})


def _debootstrap(root: Path) -> None:
    mirror = indexes.debian_mirror()
    command = ["debootstrap", "--variant=minbase", SUITE, str(root), *([mirror] if mirror else [])]
    done = subprocess.run([*buildah.CONFINED, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise LabError(f"debootstrap failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _pack(root: Path, target: Path) -> None:
    excluded = (f"--exclude={pattern}" for pattern in LEFT_OUT)
    ordered = ("--sort=name", "--numeric-owner", "--mtime=@0")
    subprocess.run(["tar", "-C", root, *ordered, *excluded, "-cf", target, "."], check=True)
