"""Volumes that are too small, full or read-only."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hub import Hub
from loader_runs import Loader

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="volumes are mounted by root")

NAME, MODEL, FOLDER = "lab/large", "hf://lab/large", "models--lab--large"
SIZE = 4 << 20


@pytest.fixture
def small(hub: Hub, tmp_path: Path) -> Iterator[Loader]:
    """A loader whose cache is a volume of 6 MB; the model has 4."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.safetensors").write_bytes(os.urandom(SIZE))
    hub.add(NAME, tmp_path / "source")
    cache = tmp_path / "volume"
    cache.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", cache], check=True)
    yield Loader(cache, {"HF_ENDPOINT": hub.url})
    subprocess.run(["umount", cache], check=True)


def test_too_little_room_is_told_before_the_first_byte(hub: Hub, small: Loader) -> None:
    (small.cache / "another").write_bytes(b"\0" * (4 << 20))
    code, reason, sentence = small.fetch(MODEL, FOLDER).failed
    assert (code, reason) == (2, "NoSpace")
    assert sentence.startswith("4.19 MB more are needed in the model cache, and 2.")
    assert hub.sent == 0


def test_a_volume_that_fills_up_on_the_way_is_told(hub: Hub, small: Loader) -> None:
    hub.faults.bytes_per_second = 1 << 20
    running = small.start(MODEL, FOLDER)
    running.heard("start")
    with (small.cache / "another").open("wb") as other:
        os.posix_fallocate(other.fileno(), 0, 3 << 20)
    assert running.ended().failed == (2, "NoSpace", f"The model cache at {small.cache} is full.")
    assert not small.is_whole(MODEL, FOLDER)


def test_a_read_only_volume_is_told_unless_the_model_is_there(small: Loader) -> None:
    remount = ["mount", "-o", "remount,ro", small.cache]
    subprocess.run(remount, check=True)
    sentence = f"The model cache at {small.cache} cannot be written: Read-only file system."
    assert small.fetch(MODEL, FOLDER).failed == (2, "ReadOnly", sentence)
    subprocess.run(["mount", "-o", "remount,rw", small.cache], check=True)
    assert small.fetch(MODEL, FOLDER).code == 0
    subprocess.run(remount, check=True)
    assert small.fetch(MODEL, FOLDER).done["downloaded"] == 0
