"""Google Cloud Storage: as whom GOOGLE_APPLICATION_CREDENTIALS (a key, or its file) says, the machine, or nobody."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import google.auth
import httpx2
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError

from loader import http
from loader.failures import LoadFailed, Reason
from loader.stores.objects import below, split
from loader.stores.refusals import refused
from loader.task import Address, Listing, RemoteFile, Task

PUBLIC = "https://storage.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/devstorage.read_only",)
KEY = "GOOGLE_APPLICATION_CREDENTIALS"


class CloudStorage:
    def __init__(self) -> None:
        self._credentials = _credentials()
        self._refreshing = threading.Lock()

    def listing(self, task: Task) -> Listing:
        root = f"{(task.endpoint or PUBLIC).rstrip('/')}/storage/v1/b/{quote(split(task)[0])}/o"
        objects = {found["name"]: found for found in self._objects(task, root)}
        found = below(task, objects)
        return Listing("", tuple(self._file(root, path, objects[name]) for path, name in found.items()))

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        return refused(task, answer.status_code, self._credentials is not None)

    def _objects(self, task: Task, root: str) -> Iterator[Mapping[str, Any]]:
        """The store tells them page by page."""
        page = ""
        while True:
            asked = {"prefix": split(task)[1], **({"pageToken": page} if page else {})}
            answer = http.get(f"{root}?{urlencode(asked)}", task.reference, self._headers())
            if answer.status_code == httpx2.codes.NOT_FOUND:
                raise LoadFailed(Reason.NOT_FOUND, f"There is no bucket {split(task)[0]}.")
            if not answer.is_success:
                raise self.refused(task, answer)
            body = answer.json()
            yield from body.get("items", ())
            page = body.get("nextPageToken", "")
            if not page:
                return

    def _file(self, root: str, path: str, found: Mapping[str, Any]) -> RemoteFile:
        """Objects that were composed of others have no MD5."""
        url = f"{root}/{quote(found['name'], safe='')}?alt=media"
        checks = (("md5", base64.b64decode(found["md5Hash"]).hex()),) if found.get("md5Hash") else ()
        version = str(found.get("generation", ""))
        return RemoteFile(path, int(found["size"]), lambda: Address(url, self._headers()), checks, version)

    def _headers(self) -> dict[str, str]:
        """A token is good for an hour, and asked for anew after that."""
        if self._credentials is None:
            return {}
        with self._refreshing:
            if not self._credentials.valid:
                self._refresh()
        return {"Authorization": f"Bearer {self._credentials.token}"}

    def _refresh(self) -> None:
        try:
            self._credentials.refresh(_ask)
        except TransportError as error:
            message = f"Google's tokens could not be reached: {error}."
            raise LoadFailed(Reason.UNREACHABLE, message, retry=True) from error
        except GoogleAuthError as error:
            raise _bad_key(error) from error


class _Answer:
    """What Google's library reads of an answer."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.data = answer.content


def _ask(
    url: str, method: str = "GET", body: Any = None, headers: Any = None, timeout: float | None = None, **_: Any
) -> _Answer:
    """How that library asks: through the same proxies, with the same certificates as all else."""
    try:
        return _Answer(http.shared().request(method, url, content=body, headers=headers, timeout=timeout or 30))
    except httpx2.TransportError as error:
        raise TransportError(error) from error


def _credentials() -> Any:
    """None where nobody is known: the bucket is public, or its refusal will say so."""
    said = os.environ.get(KEY, "")
    try:
        if said.lstrip().startswith("{"):
            return google.auth.load_credentials_from_dict(json.loads(said), scopes=SCOPES)[0]
        return google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, ValueError) as error:
        if said or not isinstance(error, DefaultCredentialsError):
            raise _bad_key(error) from error
        return None


def _bad_key(error: Exception) -> LoadFailed:
    return LoadFailed(Reason.TOKEN_MISSING, f"The key in {KEY} brings no token: {error}.")


STORE = CloudStorage
