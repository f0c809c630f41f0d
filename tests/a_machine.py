"""A machine as local mode sees it, with programs that are there in name only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modelservice.local.machine import Machine

PYTHON = Path("/opt/here/bin/python")
HUB = Path("/home/me/.cache/huggingface/hub")


def machine(
    bin: Path, *programs: str, environ: Mapping[str, str] | None = None, gpus: int = 1, python: Path = PYTHON
) -> Machine:
    """`bin` is made with these programs, the only ones of this machine."""
    bin.mkdir(parents=True, exist_ok=True)
    for name in programs:
        (bin / name).write_text("#!/bin/sh\n")
        (bin / name).chmod(0o755)
    return Machine(python, str(bin), environ or {}, Path("/home/me"), HUB, gpus)
