"""What this machine has of all that an engine needs: programs, GPUs, a hub cache, an environment."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

PYTHON = re.compile(r"python(3(\.\d+)?)?")
GPUS = (Path("/proc/driver/nvidia/gpus"), Path("/sys/class/kfd/kfd/topology/nodes"))
"""Folders with an entry for each GPU: of NVIDIA's driver, and of AMD's, which counts the processor too."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`path` is where programs are looked for: beside `python` first, so that a venv need not be active."""

    python: Path
    path: str
    environ: Mapping[str, str]
    home: Path
    hub_cache: Path
    gpus: int

    def program(self, word: str) -> Path | None:
        """The program that a container's command names: by its name, wherever the image has it."""
        name = PurePosixPath(word).name
        if PYTHON.fullmatch(name):
            return self.python
        found = shutil.which(name, path=self.path) or (shutil.which(word) if "/" in word else None)
        return Path(found) if found else None


def has_module(name: str) -> bool:
    """Whether this Python could import it; nothing is imported."""
    return find_spec(name) is not None


def look(environ: Mapping[str, str] = os.environ) -> Machine:
    """This machine, as it is now."""
    home = Path.home()
    hub_home = Path(environ.get("HF_HOME") or home / ".cache" / "huggingface")
    hub_cache = Path(environ.get("HF_HUB_CACHE") or hub_home / "hub")
    python = Path(sys.executable)
    return Machine(
        python=python,
        path=os.pathsep.join((str(python.parent), environ.get("PATH", os.defpath))),
        environ=environ,
        home=home,
        hub_cache=hub_cache.expanduser().absolute(),
        gpus=_gpus(),
    )


def _gpus() -> int:
    nvidia, amd = (len(list(folder.iterdir())) if folder.is_dir() else 0 for folder in GPUS)
    return nvidia or max(0, amd - 1)
