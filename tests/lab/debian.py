"""Programs that come from Debian packages: installed by apt when they are missing and we are root, else named."""

import os
import shutil
import subprocess

from lab import cache
from lab.errors import LabError

PROGRAMS = {"iproute2": "ip", "util-linux": "nsenter", "nftables": "nft"}
"""The program that tells whether a package is there, where it is not called like the package."""


def require(*packages: str) -> None:
    """Return once the programs of these packages are there."""
    if not _missing(packages):
        return
    with cache.locked(cache.root() / "apt"):
        missing = _missing(packages)
        if missing:
            _install(missing)


def _missing(packages: tuple[str, ...]) -> list[str]:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [package for package in packages if not shutil.which(PROGRAMS.get(package, package), path=path)]


def _install(packages: list[str]) -> None:
    names = " ".join(packages)
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid():
        raise LabError(f"missing: {names}. Install with `apt-get install --no-install-recommends {names}` as root")
    with cache.building(f"Debian packages {names}"):
        for action in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(
                [apt, "--quiet", "--option=DPkg::Lock::Timeout=600", *action],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise LabError(f"apt-get {action[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
