"""What a registry of Ollama's says of a hub's models: the manifest of one that is a GGUF file, and its contents.

It tells where a content can be had in `Location`, without which Ollama's server refuses it. Pure, as lab.library is.
"""

import json
import re
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from lab.library import Answer, File, Library, Repository, Request, content, document

PREFIX = "/v2/"
FORM = re.compile(rf"{PREFIX}(?P<name>[^/]+/[^/]+)/(manifests/(?P<tag>[^/]+)|blobs/sha256:(?P<digest>\w+))")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
MODEL = "application/vnd.ollama.image.model"


def answer(library: Library, request: Request) -> Answer:
    """The answer to a request below PREFIX; nobody is asked who he is."""
    path = urlsplit(request.path).path
    if path == PREFIX:
        return document({})
    found = FORM.fullmatch(path)
    repository = library.repositories.get(found["name"]) if found else None
    if found is None or repository is None or repository.private:
        return Answer(404, {})
    weights = next(file for name, file in repository.files.items() if name.endswith(".gguf"))
    config = _config(weights)
    if found["digest"]:
        blob = next((file for file in (weights, config) if file.sha256 == found["digest"]), None)
        return content(blob, {"Location": path}, request.range) if blob else Answer(404, {})
    return document(_manifest(config, weights)) if _knows(repository, found["tag"]) else Answer(404, {})


def _knows(repository: Repository, tag: str) -> bool:
    return repository.knows("main" if tag == "latest" else tag)


def _manifest(config: File, weights: File) -> dict[str, Any]:
    layers = [_layer(MODEL, weights)]
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": _layer(CONFIG, config), "layers": layers}


def _layer(kind: str, file: File) -> dict[str, Any]:
    return {"mediaType": kind, "digest": f"sha256:{file.sha256}", "size": len(file.content)}


def _config(weights: File) -> File:
    of_layers = {"type": "layers", "diff_ids": [f"sha256:{sha256(weights.content).hexdigest()}"]}
    said = {"model_format": "gguf", "model_family": "llama", "model_families": ["llama"], "file_type": "F16"}
    machine = {"architecture": "amd64", "os": "linux", "rootfs": of_layers}
    return File(json.dumps({**said, **machine}).encode(), stored=False)
