"""An image that holds one static program and nothing else, written without any image tool."""

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path

from lab import binaries, cache

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def of(program: str, reference: str) -> Path:
    """A docker-archive in the cache, in which `reference` runs this program of lab.binaries."""
    built = binaries.path(program)
    name = cache.digest(Path(__file__), built.parent.name, reference)
    target = cache.root() / "images" / f"{program}-{name}.tar"
    return cache.make(target, f"image {reference}", lambda unfinished: _write(unfinished, built, reference))


def _write(target: Path, program: Path, reference: str) -> None:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        _add(tar, program.name, program.read_bytes(), mode=0o755)
    digest = hashlib.sha256(layer.getvalue()).hexdigest()
    config = {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": {"Entrypoint": [f"/{program.name}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    encoded = json.dumps(config).encode()
    config_name = f"{hashlib.sha256(encoded).hexdigest()}.json"
    layer_name = f"{digest}/layer.tar"
    manifest = [{"Config": config_name, "RepoTags": [reference], "Layers": [layer_name]}]
    with tarfile.open(target, mode="w") as tar:
        _add(tar, layer_name, layer.getvalue())
        _add(tar, config_name, encoded)
        _add(tar, "manifest.json", json.dumps(manifest).encode())


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    """Owner 0 and time 0, as tarfile has them unless told, so that equal programs make equal images."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
