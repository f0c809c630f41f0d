"""Real engines that a user has installed: the programs of the lab's images, run without a container."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lab import images
from lab.fixtures import NEEDS_ROOT

LIBRARIES = "usr/lib/x86_64-linux-gnu"


@pytest.fixture
def llama_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`llama-server` on PATH, with its own libraries."""
    root = _root("llamacpp")
    libraries = root / LIBRARIES
    processor = f"GGML_BACKEND_PATH={libraries}/ggml/backends0/libggml-cpu-x64.so"
    loader = f"{libraries}/ld-linux-x86-64.so.2 --library-path {libraries}:{libraries}/llama"
    script = f'{processor} exec {loader} {root}/usr/bin/llama-server "$@"'
    _install(tmp_path / "engines", "llama-server", script, monkeypatch)


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vllm` on PATH, run by this Python from the packages of the image."""
    root = _root("vllm-cpu")
    numa = tmp_path / "lib"
    numa.mkdir()
    (numa / "libnuma.so.1").symlink_to(root / LIBRARIES / "libnuma.so.1")
    packages = f'PYTHONPATH={root}/opt/vllm/lib/python3.11/site-packages:"$PYTHONPATH"'
    script = f'{packages} LD_LIBRARY_PATH={numa} exec {sys.executable} -m vllm.entrypoints.cli.main "$@"'
    _install(tmp_path / "engines", "vllm", script, monkeypatch)


def _install(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def _root(image: str) -> Path:
    """The files of an image."""
    if os.geteuid():
        pytest.skip(NEEDS_ROOT)
    return images.files(image)
