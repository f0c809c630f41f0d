"""Where a model's files are read from, a few kilobytes of each: a folder, the hub's local cache, or the hub itself.

The hub is asked for byte ranges, as `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` say, so that nothing is downloaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from modelservice.cli.exits import CommandError

ENDPOINT = "https://huggingface.co"
SECONDS = 30
_REFUSALS = {
    401: ("may be read by some only, or does not exist", "set HF_TOKEN to a token of an account that may read it"),
    403: ("may be read by some only", "ask for access on its page, and set HF_TOKEN to a token of that account"),
    404: ("does not exist there", "look for a typo in the model, its revision, or HF_ENDPOINT"),
}


class Files(Protocol):
    """The files of one model."""

    @property
    def origin(self) -> str:
        """For people: where they are."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file, by its path within the model."""

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Those bytes of it, fewer at its end."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    path: Path

    @property
    def origin(self) -> str:
        return str(self.path)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        found = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.stat().st_size for path in found}

    def read(self, name: str, offset: int, length: int) -> bytes:
        with (self.path / name).open("rb") as file:
            file.seek(offset)
            return file.read(length)


class _Redirects(HTTPRedirectHandler):
    """The token is shown to the hub alone, not to the store that it sends us on to."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            following.remove_header("Authorization")
        return following


@dataclass(frozen=True)
class Hub:
    """A model on a Hugging Face hub."""

    model: str
    revision: str = "main"
    endpoint: str = ENDPOINT
    token: str = ""

    @property
    def origin(self) -> str:
        return f"{self.endpoint}/{self.model}"

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        tree = json.loads(self._get(f"/api/models/{self.model}/tree/{quote(self.revision, safe='')}?recursive=true"))
        return {entry["path"]: entry["size"] for entry in tree if entry["type"] == "file"}

    def read(self, name: str, offset: int, length: int) -> bytes:
        path = f"/{self.model}/resolve/{quote(self.revision, safe='')}/{quote(name)}"
        return self._get(path, (offset, length))

    def _get(self, path: str, part: tuple[int, int] | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if part:
            headers["Range"] = f"bytes={part[0]}-{sum(part) - 1}"
        try:
            with build_opener(_Redirects).open(Request(self.endpoint + path, headers=headers), timeout=SECONDS) as got:
                if part is None:
                    return bytes(got.read())
                # A server that knows no ranges begins at the beginning.
                skipped = 0 if got.status == 206 else part[0]
                return bytes(got.read(skipped + part[1]))[skipped:]
        except HTTPError as error:
            what, hint = _REFUSALS.get(error.code, (f"was answered with {error.code}", "try again in a minute"))
            raise CommandError(f"{self.model} at {self.endpoint} {what}", hint) from error
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            hint = "set HF_ENDPOINT to a mirror that you reach, or name a folder that has config.json in it"
            raise CommandError(f"{self.endpoint} does not answer: {reason}", hint) from error


def on_the_hub(model: str, revision: str, endpoint: str | None, environment: Mapping[str, str] = os.environ) -> Files:
    """From the local cache where the model is there whole, else from the hub."""
    cached = _cached(model, revision or "main", environment)
    offline = environment.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")
    if cached is not None and (offline or _has_weights(cached)):
        return cached
    if offline:
        raise CommandError(f"{model} is not in the local cache, and HF_HUB_OFFLINE forbids to ask the hub for it")
    address = endpoint or environment.get("HF_ENDPOINT") or ENDPOINT
    return Hub(model, revision or "main", address.rstrip("/"), _token(environment))


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HF_HOME") or Path.home() / ".cache" / "huggingface")


def _cached(model: str, revision: str, environment: Mapping[str, str]) -> Folder | None:
    """As the hub's own library lays it out."""
    root = Path(environment.get("HF_HUB_CACHE") or _home(environment) / "hub")
    folder = root / f"models--{model.replace('/', '--')}"
    ref = folder / "refs" / revision
    snapshot = folder / "snapshots" / (ref.read_text().strip() if ref.is_file() else revision)
    return Folder(snapshot) if snapshot.is_dir() else None


def _has_weights(folder: Folder) -> bool:
    return any(name.endswith((".safetensors", ".gguf")) for name in folder.sizes)


def _token(environment: Mapping[str, str]) -> str:
    said = environment.get("HF_TOKEN") or environment.get("HUGGING_FACE_HUB_TOKEN")
    file = Path(environment.get("HF_TOKEN_PATH") or _home(environment) / "token")
    return said or (file.read_text().strip() if file.is_file() else "")


def read_json(files: Files, name: str) -> dict[str, Any]:
    """A small file; one that is not there is empty."""
    size = files.sizes.get(name)
    if not size:
        return {}
    try:
        found = json.loads(files.read(name, 0, size))
    except ValueError as error:
        raise CommandError(f"{name} of {files.origin} is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}
