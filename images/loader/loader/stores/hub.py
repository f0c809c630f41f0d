"""The Hugging Face hub, or a mirror of it: HF_TOKEN, HF_ENDPOINT.

It is listed by the hub's own client, which knows its refusals. Contents come by plain HTTP, in pieces: the client's own
download starts each file anew in a new process, and writes `refs` before the files are there (huggingface_hub 2.4.0).
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from urllib.parse import quote

import httpx2
from huggingface_hub import HfApi, constants, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from loader import http
from loader.failures import LoadFailed, Reason
from loader.task import Address, Listing, RemoteFile, Task

OTHER_FORMATS = (
    *("*.bin", "*.pt", "*.pth", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.tflite", "*.gguf"),
    *("original/*", "onnx/*", "openvino/*", "coreml/*"),
)
"""Copies of the weights that no engine reads where safetensors are there."""
NEAR = 0.6
SEARCHED = 50


class Hub:
    def __init__(self) -> None:
        self._token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN") or ""
        set_client_factory(http.client)
        self._api = HfApi(endpoint=constants.ENDPOINT.rstrip("/"), token=self._token or False)

    def listing(self, task: Task) -> Listing:
        name, revision = _named(task)

        def ask() -> tuple[str, list[RepoFile]]:
            try:
                commit = str(self._api.model_info(name, revision=revision).sha)
                tree = self._api.list_repo_tree(name, recursive=True, revision=commit)
                return commit, [entry for entry in tree if isinstance(entry, RepoFile)]
            except HfHubHTTPError as error:
                if error.response.status_code in http.PASSING:
                    raise http.passing(error.response) from error
                raise self.refused(task, error.response) from error

        commit, entries = http.patiently(ask, f"{name} at {self._api.endpoint}")
        return Listing(commit, tuple(self._file(entry, name, commit) for entry in chosen(task, entries)))

    def _file(self, entry: RepoFile, name: str, commit: str) -> RemoteFile:
        url = f"{self._api.endpoint}/{name}/resolve/{commit}/{quote(entry.path)}"
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        blob = entry.lfs.sha256 if entry.lfs else entry.blob_id
        check = ("sha256" if entry.lfs else "git", blob)
        return RemoteFile(entry.path, entry.size, lambda: Address(url, headers), (check,), blob=blob)

    def refused(self, task: Task, answer: httpx2.Response) -> LoadFailed:
        """The hub says 401 for what does not exist, too, lest anyone learns what is private."""
        name, revision = _named(task)
        status, code = answer.status_code, answer.headers.get("X-Error-Code", "")
        if code == "GatedRepo" and self._token:
            return LoadFailed(Reason.GATED, f"{name} is gated, and the owner of the token has not been let in.")
        if code == "GatedRepo":
            return LoadFailed(Reason.TOKEN_MISSING, f"{name} is gated, and there is no token.")
        if code == "RevisionNotFound":
            return LoadFailed(Reason.NOT_FOUND, f"{name} has no revision {revision}{self._revisions(name)}.")
        if status == 401 and self._token and not code:
            return LoadFailed(Reason.TOKEN_MISSING, "The hub does not know the token.")
        if status == 403:
            return LoadFailed(Reason.GATED, f"The token may not read {name}.")
        near = self._nearest(name) if status in (401, 404) else ""
        if near:
            return LoadFailed(Reason.NOT_FOUND, f"The hub has no {name}; the nearest name is {near}.")
        if status == 401:
            return LoadFailed(Reason.TOKEN_MISSING, f"{name} is private or does not exist, and there is no token.")
        if status == 404:
            return LoadFailed(Reason.NOT_FOUND, f"The hub has no {name} that the token may see.")
        return LoadFailed(Reason.INVALID, f"The hub answered {status} for {name}.")

    def _nearest(self, name: str) -> str:
        """The hub's own search finds names that hold a word; the nearest of them is what was meant."""
        word = name.rpartition("/")[2]
        beginning = word[: max(3, len(word) // 2)]
        try:
            found = [model.id for model in self._api.list_models(search=beginning, limit=SEARCHED)]
        except (HfHubHTTPError, httpx2.TransportError):
            return ""
        return next(iter(difflib.get_close_matches(name, found, 1, NEAR)), "")

    def _revisions(self, name: str) -> str:
        try:
            refs = self._api.list_repo_refs(name)
        except (HfHubHTTPError, httpx2.TransportError):
            return ""
        return f"; it has {', '.join([ref.name for ref in (*refs.branches, *refs.tags)][:5])}"


def _named(task: Task) -> tuple[str, str]:
    name, _, revision = task.rest.partition("@")
    return name, revision or "main"


def chosen(task: Task, entries: Iterable[RepoFile]) -> list[RepoFile]:
    """What the patterns want; with none, everything but the same weights in other formats."""
    wanted = [entry for entry in entries if task.wants(entry.path)]
    if task.include or task.exclude or not any(entry.path.endswith(".safetensors") for entry in wanted):
        return wanted
    other = Task(task.reference, task.folder, exclude=OTHER_FORMATS)
    return [entry for entry in wanted if other.wants(entry.path)]


STORE = Hub
