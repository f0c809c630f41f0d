"""Containerfiles built for real, without a daemon and without pulling: buildah with chroot isolation.

Each build has a store of its own, thrown away with it; what stays is a docker-archive, as `ctr images import` takes
it. A build dies with the process that asked for it and leaves no mount and no process behind.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab import debian
from lab.errors import LabError

# A mount and a process namespace of its own: whatever ends the build ends all of it.
CONFINED = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"),
)


def build(
    context: Path,
    containerfile: Path,
    reference: str,
    target: Path,
    bases: Iterable[Path],
    mounts: Mapping[str, Path],
    arguments: Mapping[str, str],
) -> None:
    """Write the image that `containerfile` describes to `target`, under the name `reference`.

    `bases` are docker-archives of the images that it starts from; `mounts` are files that its RUN lines see, by path;
    `arguments` are for its ARG lines.
    """
    if os.geteuid():
        raise LabError(f"building {reference} needs root: run this with sudo")
    debian.require("buildah")
    store = target.with_name(f"{target.name}.store")
    _remove(store)
    (store / "tmp").mkdir(parents=True)
    try:
        for base in bases:
            _buildah(store, "pull", f"docker-archive:{base}")
        _buildah(
            store,
            "build",
            *("--isolation", "chroot", "--pull-never", "--layers=false", "--timestamp", "0"),
            *(f"--build-arg={name}={value}" for name, value in arguments.items()),
            *(f"--volume={file}:{path}:ro" for path, file in mounts.items()),
            *("--file", str(containerfile), "--tag", f"docker-archive:{target}:{reference}", str(context)),
        )
    finally:
        _remove(store)


def _buildah(store: Path, *args: str) -> None:
    options = ("--root", str(store / "root"), "--runroot", str(store / "run"), "--storage-driver", "overlay")
    done = subprocess.run(
        [*CONFINED, "buildah", *options, *args],
        env=os.environ | {"TMPDIR": str(store / "tmp")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-30:])
        raise LabError(f"buildah {args[0]} failed for {args[-1]}:\n{end}")


def _remove(store: Path) -> None:
    if store.exists():
        shutil.rmtree(store)
