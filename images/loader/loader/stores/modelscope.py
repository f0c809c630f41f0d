"""The ModelScope hub, by its plain HTTP interface: MODELSCOPE_API_TOKEN."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2

from loader import http
from loader.failures import LoadFailed
from loader.stores.refusals import refused
from loader.task import Address, Listing, RemoteFile, Task

PUBLIC = "https://modelscope.cn"
BRANCH = "master"
OK = 200


class ModelScope:
    def __init__(self) -> None:
        token = os.environ.get("MODELSCOPE_API_TOKEN", "")
        self._headers = {"Authorization": f"Bearer {token}", "Cookie": f"m_session_id={token}"} if token else {}

    def listing(self, task: Task) -> Listing:
        name, _, revision = task.rest.partition("@")
        revision = revision or BRANCH
        root = f"{(task.endpoint or PUBLIC).rstrip('/')}/api/v1/models/{name}"
        asked = urlencode({"Revision": revision, "Recursive": "True"})
        answer = http.get(f"{root}/repo/files?{asked}", task.reference, self._headers)
        if not answer.is_success:
            raise self.refused(task, answer)
        body = answer.json()
        if body["Code"] != OK:  # a refusal may come with the status 200
            raise refused(task, body["Code"], bool(self._headers))
        entries = [entry for entry in body["Data"]["Files"] if entry["Type"] == "blob"]
        files = (self._file(root, revision, entry) for entry in entries if task.wants(entry["Path"]))
        return Listing(revision, tuple(files))

    def _file(self, root: str, revision: str, entry: Mapping[str, Any]) -> RemoteFile:
        url = f"{root}/repo?{urlencode({'Revision': revision, 'FilePath': entry['Path']})}"
        checks = (("sha256", entry["Sha256"]),) if entry.get("Sha256") else ()
        version = entry.get("Revision", "")
        return RemoteFile(entry["Path"], entry["Size"], lambda: Address(url, self._headers), checks, version)

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        return refused(task, answer.status_code, bool(self._headers))


STORE = ModelScope
