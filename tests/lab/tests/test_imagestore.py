"""What an image store says when it cannot take an image."""

import contextlib
import io
import json
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.errors import LabError
from lab.imagestore import ImageStore

IMAGE_SIZE = 100 * 2**20


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "greeter-0123.tar"
    manifest = json.dumps([{"RepoTags": ["localhost/greeter:lab"]}]).encode()
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))
    with path.open("r+b") as grown:
        grown.truncate(IMAGE_SIZE)
    return path


class Ctr:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, *words: str | Path, timeout: float = 0) -> str:
        self.asked.append(str(words[1]))
        return f"done within {timeout} s"


@pytest.mark.parametrize(("free", "asked"), [(2 * IMAGE_SIZE, ["import"]), (2 * IMAGE_SIZE - 1, [])])
def test_disk_without_room_for_an_image_is_told_before_it_fills(
    free: int, asked: list[str], archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctr = Ctr()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    told = pytest.raises(LabError, match=r"greeter-0123\.tar takes 0\.2 GiB and 0\.2 GiB are left: free")
    with contextlib.nullcontext() if asked else told:
        ImageStore(ctr, tmp_path).import_(archive)
    assert ctr.asked == asked
