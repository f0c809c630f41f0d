"""What a Hugging Face hub knows and how it answers: models with their files, who may read them, and the refusals.

Pure: a request comes in, an answer goes out. lab.hub puts it on the network.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

INFO = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)")
REFS = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)/refs")
REVISION = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)/revision/(?P<revision>[^/]+)")
TREE = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?")
FILE = re.compile(r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
SEARCH = re.compile(r"/api/models")
FORMS = (FILE, REVISION, TREE, REFS, INFO)
STORED = re.compile(r"/store/(?P<sha256>\w+)")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a repository; with `stored`, the hub redirects to its store for large files.

    Of a `spoilt` one other bytes are sent than the hub tells of.
    """

    content: bytes
    stored: bool
    spoilt: bool = False

    @property
    def blob(self) -> str:
        """Git's name for it."""
        return sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def sent(self) -> bytes:
        return self.content[::-1] if self.spoilt else self.content

    @property
    def etag(self) -> str:
        return f'"{self.sha256 if self.stored else self.blob}"'


@dataclass(frozen=True, slots=True)
class Repository:
    """A model with its files, at one commit; `revisions` are the branches and tags that mean it."""

    name: str
    files: Mapping[str, File]
    private: bool
    gated: bool
    revisions: frozenset[str]

    @property
    def commit(self) -> str:
        contents = "".join(f"{path}:{file.blob}\n" for path, file in sorted(self.files.items()))
        return sha1(f"{self.name}\n{contents}".encode()).hexdigest()

    def knows(self, revision: str) -> bool:
        return revision in self.revisions or revision == self.commit


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for and got."""

    method: str
    path: str
    token: str | None
    range: str | None
    status: int = 0
    sent: int = 0
    """Bytes of the answer's body that were handed to the connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A Location is a path in the store; `is_content` says that the body is a file's own bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_content: bool = False


@dataclass(slots=True)
class Library:
    """All models by name, and for each known token the private and gated models that its owner may read."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    readers: dict[str, frozenset[str]] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        path, query = urlsplit(request.path)[2:4]
        if request.token is not None and request.token not in self.readers:
            return _refused(401, "", "Invalid credentials in Authorization header")
        if found := STORED.fullmatch(path):
            return self._stored(found["sha256"], request)
        if SEARCH.fullmatch(path):
            return document(self._search(parse_qs(query).get("search", [""])[0]))
        found = next((found for form in FORMS if (found := form.fullmatch(path))), None)
        if found is None:
            return _refused(404, "", "Not found")
        repository = self.repositories.get(found["name"])
        is_reader = found["name"] in self.readers.get(request.token or "", ())
        if repository is None or (repository.private and not is_reader):
            return _refused(404 if request.token else 401, "RepoNotFound", "Repository not found")
        if found.re is INFO:
            return document(_description(repository))
        if found.re is REFS:
            return document(_refs(repository))
        revision = unquote(found["revision"])
        if not repository.knows(revision):
            return _refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if found.re is REVISION:
            return document(_description(repository))
        inside = unquote(found["path"] or "")
        if found.re is TREE:
            deep = parse_qs(query).get("recursive", [""])[0].lower() in ("1", "true")
            return document(_tree(repository, f"{inside}/" if inside else "", deep))
        if repository.gated and not is_reader:
            sentence = f"Access to model {repository.name} is restricted."
            return _refused(403 if request.token else 401, "GatedRepo", sentence)
        return _file(repository, inside, request)

    def _search(self, word: str) -> list[dict[str, Any]]:
        public = (repository for repository in self.repositories.values() if not repository.private)
        return [_description(repository) for repository in public if word.lower() in repository.name.lower()]

    def _stored(self, digest: str, request: Request) -> Answer:
        files = (file for repository in self.repositories.values() for file in repository.files.values())
        found = next((file for file in files if file.stored and file.sha256 == digest), None)
        return content(found, {}, request.range) if found else _refused(404, "", "No such object")


def _description(repository: Repository) -> dict[str, Any]:
    return {
        "id": repository.name,
        "modelId": repository.name,
        "sha": repository.commit,
        "private": repository.private,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "tags": [],
        "siblings": [{"rfilename": path} for path in repository.files],
    }


def _refs(repository: Repository) -> dict[str, Any]:
    """All revisions are told as branches."""
    names = sorted(repository.revisions)
    branches = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": repository.commit} for n in names]
    return {"branches": branches, "converts": [], "tags": []}


def _tree(repository: Repository, inside: str, deep: bool) -> list[dict[str, Any]]:
    """The files and folders below a folder, or only those right in it."""
    below = [PurePosixPath(path.removeprefix(inside)) for path in repository.files if path.startswith(inside)]
    folders = {folder for path in below for folder in path.parents[:-1] if deep or len(folder.parts) == 1}
    files = [str(path) for path in below if deep or len(path.parts) == 1]
    entries = [
        {"type": "directory", "path": f"{inside}{name}", "size": 0, "oid": repository.commit}
        for name in sorted(folders)
    ]
    return entries + [_entry(f"{inside}{name}", repository.files[f"{inside}{name}"]) for name in files]


def _entry(path: str, file: File) -> dict[str, Any]:
    size = len(file.content)
    entry = {"type": "file", "path": path, "size": size, "oid": file.blob}
    return entry | ({"lfs": {"oid": file.sha256, "size": size, "pointerSize": 134}} if file.stored else {})


def document(content: Any) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def _file(repository: Repository, path: str, request: Request) -> Answer:
    commit = {"X-Repo-Commit": repository.commit}
    file = repository.files.get(path)
    if file is None:
        refused = _refused(404, "EntryNotFound", "Entry not found")
        return replace(refused, headers={**refused.headers, **commit})
    if file.stored:
        linked = {"X-Linked-Size": str(len(file.content)), "X-Linked-Etag": file.etag}
        return Answer(302, {**commit, **linked, "Location": f"/store/{file.sha256}"})
    return content(file, commit, request.range)


def content(file: File, headers: Mapping[str, str], wanted: str | None) -> Answer:
    size = len(file.content)
    headers = {**headers, "ETag": file.etag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    if wanted is None:
        return Answer(200, headers, file.sent, is_content=True)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else size - int(last)
    end = min(int(last), size - 1) if first and last else size - 1
    if not 0 <= start <= end:
        return Answer(416, {**headers, "Content-Range": f"bytes */{size}"})
    part = {"Content-Range": f"bytes {start}-{end}/{size}"}
    return Answer(206, {**headers, **part}, file.sent[start : end + 1], is_content=True)


def _refused(status: int, code: str, sentence: str) -> Answer:
    headers = {"X-Error-Message": sentence, "Content-Type": "application/json"}
    return Answer(status, headers | ({"X-Error-Code": code} if code else {}), json.dumps({"error": sentence}).encode())
