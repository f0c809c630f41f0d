"""One file behind a URL: HTTP_TOKEN is shown as a bearer token, HTTP_USERNAME and HTTP_PASSWORD as such."""

from __future__ import annotations

import base64
import os
from urllib.parse import unquote, urlsplit

import httpx2

from loader import http
from loader.failures import LoadFailed
from loader.stores.refusals import refused
from loader.task import Address, Listing, RemoteFile, Task


class Url:
    def __init__(self) -> None:
        self._headers = _authorization()

    def listing(self, task: Task) -> Listing:
        """A server that answers HEAD with something else than GET is common, so the first byte is asked for."""

        def ask() -> RemoteFile:
            headers = {**self._headers, "Range": "bytes=0-0", "Accept-Encoding": "identity"}
            with http.shared().stream("GET", task.reference, headers=headers) as answer:
                if answer.status_code in http.PASSING:
                    raise http.passing(answer)
                if not answer.is_success and answer.status_code != 416:
                    raise self.refused(task, answer)
                return self._file(task.reference, answer)

        return Listing("", (http.patiently(ask, task.reference),))

    def _file(self, url: str, answer: httpx2.Response) -> RemoteFile:
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        ranges = answer.status_code in (206, 416)  # 416: there is not even a first byte
        told = answer.headers.get("Content-Range", "").rpartition("/")[2] if ranges else ""
        told = told or answer.headers.get("Content-Length", "")
        size = int(told) if told.isdigit() else None
        return RemoteFile(name, size, lambda: Address(url, self._headers), version=version, ranges=ranges)

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        return refused(task, answer.status_code, bool(self._headers))


def _authorization() -> dict[str, str]:
    token, user = os.environ.get("HTTP_TOKEN"), os.environ.get("HTTP_USERNAME")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user:
        shown = base64.b64encode(f"{user}:{os.environ.get('HTTP_PASSWORD', '')}".encode()).decode()
        return {"Authorization": f"Basic {shown}"}
    return {}


STORE = Url
