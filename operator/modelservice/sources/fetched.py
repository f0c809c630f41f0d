"""Models that no engine fetches by itself: a loader puts them into a folder of the model cache, and that is served."""

from __future__ import annotations

import hashlib
import json
import re

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelSource
from modelservice.facts.model import Fetch, Located
from modelservice.sources.source import Reference

GGUF = ".gguf"
"""A reference that ends so names one file; any other names a folder."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST = 100


def fetched(reference: Reference, canonical: str, public_id: str, file: str = "") -> Located | Finding:
    """The model in its folder, or as the one `file` in it."""
    details = reference.details
    if file and (details.include or details.exclude):
        message = f"modelSource.include and exclude choose among files, and `{reference.text}` is one: remove them."
        return Finding(Reason.INVALID_SPEC, "modelSource", message)
    if details.sha256 and not file:
        message = f"modelSource.sha256 is of one file, and `{reference.text}` is a folder: name the file, or remove it."
        return Finding(Reason.INVALID_SPEC, "modelSource.sha256", message)
    file = file or _the_file(details.include)
    fetch = Fetch(
        reference=canonical,
        folder=folder_of(canonical, details),
        include=tuple(details.include),
        exclude=tuple(details.exclude),
        endpoint=details.endpoint or "",
        sha256=details.sha256 or "",
        credentials_secret=details.credentials_secret or "",
    )
    path = "/".join(filter(None, (reference.cache, fetch.folder, file)))
    return Located(argument=path, public_id=public_id, path=path, fetch=fetch)


def _the_file(include: list[str]) -> str:
    """The one GGUF file that `include` names in full, for engines that load a file and not a folder."""
    [pattern] = include if len(include) == 1 else [""]
    return pattern if pattern.endswith(GGUF) and not set("*?[]") & set(pattern) else ""


def folder_of(canonical: str, details: ModelSource) -> str:
    """A name that people recognise, and that differs wherever the content would."""
    decides = [canonical, details.endpoint, details.include, details.exclude, details.sha256]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:10]
    scheme, _, rest = canonical.partition("://")
    words = [_UNSAFE.sub("-", word).strip("-.") for word in rest.partition("?")[0].split("/")]
    return f"{'--'.join([scheme, *filter(None, words)])[:_LONGEST].rstrip('-.')}-{digest}"
