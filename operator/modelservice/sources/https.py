"""One file behind a URL: `https://host/path/model.gguf`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located
from modelservice.sources.fetched import fetched
from modelservice.sources.source import Reference

PREFIX = "https://"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,=+@-]{0,199}")


class Https:
    """A file is called as the URL's path ends, which is what the loader calls it too."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {
        "endpoint": "the URL itself says where the file is",
        "include": "a URL is one file; for many use `s3://`, `gs://` or a hub",
        "exclude": "a URL is one file; for many use `s3://`, `gs://` or a hub",
    }

    def locate(self, reference: Reference) -> Located | Finding:
        url = urlsplit(reference.text)
        if url.username or url.password:
            return reference.refused("holds a password: put it into the Secret of modelSource.credentialsSecret")
        name = unquote(url.path.rpartition("/")[2])
        if not url.hostname or not _NAME.fullmatch(name):
            return reference.refused("names no file: write `https://host/path/model.gguf`")
        return fetched(reference, reference.text, name, name)


SOURCE = Https()
