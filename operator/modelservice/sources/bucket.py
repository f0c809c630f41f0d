"""Object stores: `s3://bucket/path` and `gs://bucket/path`, a folder of objects or one GGUF file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located
from modelservice.sources.fetched import GGUF, fetched
from modelservice.sources.source import Reference


@dataclass(frozen=True, slots=True)
class Bucket:
    """One kind of object store; `names` is what it lets a bucket be called."""

    scheme: str
    names: re.Pattern[str]
    instead: Mapping[str, str] = field(default_factory=dict)

    @property
    def takes(self) -> frozenset[str]:
        return DETAILS[self.scheme]

    def locate(self, reference: Reference) -> Located | Finding:
        bucket, _, rest = reference.text.removeprefix(self.scheme).partition("/")
        if not self.names.fullmatch(bucket):
            return reference.refused(f"names no bucket: write `{self.scheme}bucket/path`")
        path = rest.rstrip("/")
        words = path.split("/")
        if path and any(word in ("", ".", "..") for word in words):
            return reference.refused("has an empty word, `.` or `..` in its path: write the path as the store lists it")
        file = words[-1] if words[-1].endswith(GGUF) else ""
        canonical = "/".join(filter(None, (f"{self.scheme}{bucket}", path)))
        return fetched(reference, canonical, words[-1] or bucket, file)
