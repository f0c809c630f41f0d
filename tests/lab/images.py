"""The images of the folder images/, each built for real from its Containerfile and kept in the cache.

An image is named by a hash of everything it is made from and is built when it is first asked for.
"""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from lab import bases, binaries, buildah, cache, indexes
from lab.errors import LabError

ROOT = Path(__file__).parents[2]
FROM_ROOT = {"operator": ("LICENSE", "constraints.txt", "pyproject.toml", "operator")}
"""Images built from the repository's root, with what they take from it besides their own folder."""
SHIPPED = ("operator", "loader", "mock")
"""What users run; the other images play public ones in tests."""
NO_ARGUMENTS: Mapping[str, str] = {}
KEPT = 3
"""Archives of one image that stay in the cache, so that two clones of the repository can take turns."""


def names() -> list[str]:
    """The folders of images/."""
    return sorted(file.parent.name for file in (ROOT / "images").glob("*/Containerfile"))


def reference(name: str) -> str:
    """What an image is called in its archive, and on a node that imported it."""
    return f"localhost/modelservice/{name}:lab"


def build(name: str, arguments: Mapping[str, str] = NO_ARGUMENTS) -> Path:
    """The image of images/<name> as a docker-archive; `arguments` are those of its Containerfile's ARG lines."""
    if name not in names():
        raise LabError(f"there is no image {name!r}: images/ holds {', '.join(names())}")
    target = cache.root() / "images" / f"{name}-{_digest(name, arguments)}.tar"
    cache.make(target, f"the image {name}", lambda unfinished: _build(name, arguments, unfinished))
    os.utime(target)
    _forget_older(target.parent, name)
    return target


def files(name: str) -> Path:
    """The files of the image, unpacked, to run a program of it without a node."""
    archive = build(name)
    return cache.make(archive.with_suffix(".root"), f"the files of {name}", lambda target: _unpack(archive, target))


def push(name: str, prefix: str) -> str:
    """Build the image and push it, as `prefix`/`name` with the project's version; the answer is the whole name."""
    with (ROOT / "pyproject.toml").open("rb") as project:
        version = tomllib.load(project)["project"]["version"]
    target = f"{prefix.rstrip('/')}/{name}:{version}"
    done = subprocess.run([binaries.path("crane"), "push", build(name), target], capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"pushing {target} failed:\n{done.stderr.strip()}")
    return target


def _digest(name: str, arguments: Mapping[str, str]) -> str:
    content = [part for path, file in _context(name).items() for part in (f"{path}:{_executable(file)}", file)]
    words = [f"{argument}={value}" for argument, value in sorted(arguments.items())]
    return cache.digest(*content, *words, *(_base_digest(base) for base in _bases(name, arguments)))


def _base_digest(base: str) -> str:
    return _digest(own, NO_ARGUMENTS) if (own := _own(base)) else bases.digest(base)


def _base_archive(base: str) -> Path:
    return build(own) if (own := _own(base)) else bases.archive(base)


def _own(base: str) -> str | None:
    """The name of the image of ours that this reference is."""
    return next((name for name in names() if reference(name) == base), None)


def _build(name: str, arguments: Mapping[str, str], target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as work:
        context = Path(work, "context")
        for path, file in _context(name).items():
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, context / path)
        archives = [_base_archive(base) for base in _bases(name, arguments)]
        mounts = indexes.mounts(Path(work, "settings"), bases.apt_sources())
        containerfile = context / _containerfile(name).relative_to(_context_root(name))
        buildah.build(context, containerfile, reference(name), target, archives, mounts, arguments)


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as outer:
        for layer in json.load(_member(outer, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_member(outer, layer)) as inner:
                inner.extractall(target, filter="tar")


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise LabError(f"an image has no file {name}")
    return found


def _context_root(name: str) -> Path:
    return ROOT if name in FROM_ROOT else ROOT / "images" / name


def _containerfile(name: str) -> Path:
    return ROOT / "images" / name / "Containerfile"


def _context(name: str) -> dict[str, Path]:
    """Every file that the build may see, by its path in the build's context, and nothing else."""
    root = _context_root(name)
    found = (file for part in (f"images/{name}", *FROM_ROOT.get(name, ())) for file in _files(ROOT / part))
    return {str(file.relative_to(root)): file for file in sorted(found)}


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def _executable(file: Path) -> bool:
    return os.access(file, os.X_OK)


def _bases(name: str, arguments: Mapping[str, str]) -> list[str]:
    """The base images that the Containerfile starts from, its own earlier stages left out."""
    text = _containerfile(name).read_text()
    said = {**dict(re.findall(r"(?im)^ARG +(\w+)=(\S*)", text)), **arguments}
    text = re.sub(r"\$\{(\w+)\}", lambda found: said.get(found[1], found[0]), text)
    stages = re.findall(r"(?im)^FROM +(\S+)(?: +AS +(\S+))?", text)
    own = {"scratch", *(stage for _, stage in stages)}
    wanted = sorted({base for base, _ in stages} - own)
    for base in wanted:
        if base not in bases.NAMES and not _own(base):
            known = ", ".join(bases.NAMES)
            raise LabError(f"images/{name}/Containerfile starts FROM {base}, but the lab can only make {known}")
    return wanted


def _forget_older(folder: Path, name: str) -> None:
    """Remove the archives of this image but the ones used last."""
    archives = [file for file in folder.glob(f"{name}-*.tar") if re.fullmatch(rf"{name}-[0-9a-f]+", file.stem)]
    for file in sorted(archives, key=lambda file: file.stat().st_mtime, reverse=True)[KEPT:]:
        file.unlink(missing_ok=True)
