"""The images that a node's containerd has, brought there from archives; one that is there is never brought again."""

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from lab.errors import LabError

IMPORTED_WITHIN = 900.0


class ImageStore:
    """The store that `ctr` works on, and `folder`, which outlives it only together with it."""

    def __init__(self, ctr: Callable[..., str], folder: Path) -> None:
        self._ctr = ctr
        self._folder = folder
        self.containerd = folder / "containerd"
        self._index = folder / "imported.json"

    def import_(self, archive: Path, *aliases: str) -> None:
        """Bring the images of a docker-archive under their own references, and these too if it holds only one."""
        own = _references(archive)
        known = self._known()
        if any(known.get(reference) != archive.name for reference in own):
            self._check_room(2 * archive.stat().st_size, archive.name)
            options = ["--local", "--snapshotter=overlayfs", "--discard-unpacked-layers"]
            self._ctr("images", "import", *options, archive, timeout=IMPORTED_WITHIN)
        for alias in aliases:
            if known.get(full_name(alias)) != archive.name:
                self._ctr("images", "tag", "--force", own[0], full_name(alias))
        self._index.write_text(json.dumps(known | dict.fromkeys([*own, *map(full_name, aliases)], archive.name)))

    def forget_nameless(self) -> None:
        """Drop the images whose references have gone to newer ones, so that the store does not grow for ever."""
        rows = [line.split() for line in self._ctr("images", "list").splitlines()[1:]]
        digests = {row[0]: row[2] for row in rows}
        named = {digest for reference, digest in digests.items() if not reference.startswith("sha256:")}
        nameless = [reference for reference, digest in digests.items() if digest not in named]
        if nameless:
            self._ctr("images", "delete", *nameless)

    def remove(self) -> None:
        """Nothing is left of it on disk; containerd must have ended."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _check_room(self, needed: int, archive: str) -> None:
        """An image lies there twice while it is unpacked; a disk that fills up fails in a hundred other places."""
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise LabError(
                f"importing {archive} takes {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are left: free some, "
                "or let MODELSERVICE_CACHE name a folder on a larger disk"
            )

    def _known(self) -> dict[str, str]:
        """Which archive each reference came from."""
        known: dict[str, str] = json.loads(self._index.read_text()) if self._index.exists() else {}
        return known


def _references(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None, f"{archive} is no docker-archive"
        return [full_name(tag) for image in json.load(manifest) for tag in image["RepoTags"]]


def full_name(reference: str) -> str:
    """What containerd calls an image: a pod's short reference means Docker Hub."""
    first, _, rest = reference.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        return reference
    return f"docker.io/{reference}" if rest else f"docker.io/library/{reference}"
