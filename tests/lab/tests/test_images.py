"""What tests rely on in the images: built for real, once, from what they say they are made from, and clean."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lab import binaries, cache, images
from lab.errors import LabError
from lab.process import Process

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="images are built by root")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository of its own with one image, `greeter`; what was built of it is removed."""
    folder = tmp_path / "images" / "greeter"
    folder.mkdir(parents=True)
    (folder / "greeting").write_text("hello")
    containerfile(tmp_path, "FROM scratch", "COPY greeting /greeting")
    monkeypatch.setattr(images, "ROOT", tmp_path)
    yield tmp_path
    for file in leftovers("greeter-*"):
        file.unlink()


def leftovers(pattern: str) -> list[Path]:
    return list((cache.root() / "images").glob(pattern))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """An empty registry on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    server = Process("registry", tmp_path)
    server.start([binaries.path("crane"), "registry", "serve", "--address", address])
    retries = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=retries) as client:
        assert client.get(f"http://{address}/v2/").is_success
    yield address
    server.kill()


def containerfile(repository: Path, *lines: str) -> None:
    (repository / "images" / "greeter" / "Containerfile").write_text("\n".join(lines) + "\n")


class Archive:
    """A docker-archive, opened."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as tar:
            [manifest] = json.loads(member(tar, "manifest.json"))
            self.names = manifest["RepoTags"]
            self.config = json.loads(member(tar, manifest["Config"]))["config"]
            self.files: dict[str, bytes] = {}
            """Those of later layers over those of earlier ones."""
            for name in manifest["Layers"]:
                with tarfile.open(fileobj=io.BytesIO(member(tar, name))) as layer:
                    self.files |= {m.name: member(layer, m.name) for m in layer.getmembers() if m.isreg()}


def member(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    assert content is not None
    return content.read()


def test_image_holds_its_base_its_files_and_its_settings(repository: Path) -> None:
    settings = ("USER 1000", 'CMD ["cat", "/greeting"]')
    containerfile(repository, "FROM debian:bookworm-slim", "COPY greeting /greeting", *settings)
    image = Archive(images.build("greeter"))
    assert image.names == ["localhost/modelservice/greeter:lab"]
    assert (image.config["Cmd"], image.config["User"]) == (["cat", "/greeting"], "1000")
    assert image.files["greeting"] == b"hello"
    assert "usr/bin/dash" in image.files


def test_unchanged_image_is_not_built_again(capsys: pytest.CaptureFixture[str]) -> None:
    archive = images.build("greeter")
    assert "building the image greeter" in capsys.readouterr().err
    assert images.build("greeter") == archive
    assert "building" not in capsys.readouterr().err


def test_changed_file_gives_another_image(repository: Path) -> None:
    before = images.build("greeter")
    (repository / "images" / "greeter" / "greeting").write_text("good day")
    after = images.build("greeter")
    assert after != before
    assert Archive(after).files["greeting"] == b"good day"


def test_same_inputs_give_the_same_image_to_the_byte() -> None:
    archive = images.build("greeter")
    first = archive.read_bytes()
    archive.unlink()
    assert images.build("greeter").read_bytes() == first


def test_index_settings_are_seen_by_the_build_and_not_by_the_image(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:pass-7f3a@index.invalid/simple")
    containerfile(
        repository,
        "FROM python:3.11-slim",
        "RUN python -m pip config list | grep -q index.invalid && echo yes > /seen",
    )
    archive = images.build("greeter")
    assert Archive(archive).files["seen"] == b"yes\n"
    assert b"pass-7f3a" not in archive.read_bytes()
    assert Archive(archive).files["etc/pip.conf"] == b""


def test_pushed_image_has_the_projects_version(repository: Path, registry: str) -> None:
    (repository / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    assert images.push("greeter", f"{registry}/team") == f"{registry}/team/greeter:1.2.3"
    manifest = httpx.get(f"http://{registry}/v2/team/greeter/manifests/1.2.3").json()
    assert len(manifest["layers"]) == 1


def test_push_to_where_nobody_listens_says_so(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    with pytest.raises(LabError, match=r"pushing 127.0.0.1:1/team/greeter:1.2.3 failed:\n(.|\n)*connection refused"):
        images.push("greeter", "127.0.0.1:1/team")


def test_failed_build_tells_what_the_containerfile_said_and_leaves_nothing(repository: Path) -> None:
    containerfile(repository, "FROM debian:bookworm-slim", "RUN echo no such luck && false")
    with pytest.raises(LabError, match=r"(?s)buildah build failed.*no such luck"):
        images.build("greeter")
    assert leftovers("*greeter*.store") == []
    assert str(cache.root() / "images") not in Path("/proc/mounts").read_text()


def test_killed_build_leaves_no_process_and_does_not_hinder_the_next(repository: Path) -> None:
    pause = f"sleep 7{os.getpid()}"
    containerfile(repository, "FROM debian:bookworm-slim", f"RUN {pause}")
    code = (
        "import pathlib, sys; from lab import images; images.ROOT = pathlib.Path(sys.argv[1]); images.build('greeter')"
    )
    path = {"PYTHONPATH": ":".join(sys.path)}
    builder = subprocess.Popen([sys.executable, "-c", code, repository], env=os.environ | path)
    wait(until=lambda: pause in commands())
    builder.kill()
    builder.wait()
    wait(until=lambda: pause not in commands())
    assert str(cache.root() / "images") not in Path("/proc/mounts").read_text()
    containerfile(repository, "FROM scratch", "COPY greeting /greeting")
    assert images.build("greeter").exists()
    assert leftovers(".greeter-*.store") == []


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def commands() -> set[str]:
    """The command lines of all processes."""
    lines = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.add(file.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
    return lines


def test_base_that_cannot_be_made_is_named(repository: Path) -> None:
    containerfile(repository, "FROM alpine:3 AS one", "FROM one")
    with pytest.raises(LabError, match=r"images/greeter/Containerfile starts FROM alpine:3, .* debian:bookworm-slim"):
        images.build("greeter")


def test_unknown_image_is_named_with_those_there_are() -> None:
    with pytest.raises(LabError, match="no image 'nobody': images/ holds greeter"):
        images.build("nobody")
