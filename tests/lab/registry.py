"""A registry that every node pulls from, whatever registry an image's name speaks of."""

import subprocess
from pathlib import Path
from typing import Self

import httpx

from lab import binaries
from lab.errors import LabError
from lab.identity import Identity
from lab.imagestore import full_name
from lab.process import Process

HOSTS = "_default/hosts.toml"
"""Where containerd looks, below its folder of registries, for the host that stands in for all others."""


def address(identity: Identity) -> str:
    """On this machine's end of the lab's network."""
    return f"{identity.gateway}:{identity.ports.registry}"


def hosts(identity: Identity) -> str:
    """What tells containerd to ask this registry first."""
    return f'[host."http://{address(identity)}"]\ncapabilities = ["pull", "resolve"]\n'


class Registry:
    """The registry of one lab with real nodes; it forgets everything when it stops."""

    def __init__(self, identity: Identity) -> None:
        self._address = address(identity)
        self.process = Process("registry", identity.folder)

    def __enter__(self) -> Self:
        self.process.start([binaries.path("crane"), "registry", "serve", f"--address={self._address}"])
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as patient:
            patient.get(f"http://{self._address}/v2/").raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def push(self, archive: Path, reference: str) -> None:
        """Offer a docker-archive with one image under this reference."""
        repository = full_name(reference).partition("/")[2]
        target = f"{self._address}/{repository}"
        crane = binaries.path("crane")
        done = subprocess.run([crane, "push", "--insecure", archive, target], capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"the registry does not take {reference}: {done.stderr.strip()}")
