"""What ModelScope's interface says of a hub's models: the listing of a repository, and one file of it.

A refusal comes with the status 200 and tells its own in `Code`, as that hub does. Pure, as lab.library is.
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lab.library import Answer, Library, Repository, Request, content, document

PREFIX = "/api/v1/models/"
FORM = re.compile(rf"{PREFIX}(?P<name>[^/]+/[^/]+)/(?P<what>repo|repo/files)")


def answer(library: Library, request: Request) -> Answer:
    """The answer to a request below PREFIX."""
    path, query = urlsplit(request.path)[2:4]
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    found = FORM.fullmatch(path)
    repository = library.repositories.get(found["name"]) if found else None
    if found is None or repository is None or not repository.knows(asked.get("Revision", "")):
        return Answer(404, {})
    if request.token is not None and request.token not in library.readers:
        return _refused(401, "invalid token")
    if repository.private and repository.name not in library.readers.get(request.token or "", ()):
        return _refused(403, "private")
    if found["what"] == "repo/files":
        return document({"Code": 200, "Data": {"Files": _files(repository)}})
    file = repository.files.get(asked.get("FilePath", ""))
    return content(file, {}, request.range) if file else Answer(404, {})


def _files(repository: Repository) -> list[dict[str, Any]]:
    """Folders are told, too."""
    folders = sorted({path.rpartition("/")[0] for path in repository.files if "/" in path})
    trees = [{"Path": path, "Type": "tree", "Size": 0} for path in folders]
    return trees + [
        {
            "Path": path,
            "Type": "blob",
            "Size": len(file.content),
            "Sha256": file.sha256,
            "Revision": repository.commit,
        }
        for path, file in repository.files.items()
    ]


def _refused(code: int, sentence: str) -> Answer:
    return document({"Code": code, "Message": sentence})
