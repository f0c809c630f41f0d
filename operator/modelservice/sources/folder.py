"""The folder of the model cache that a fetched model lies in."""

from __future__ import annotations

import hashlib
import json
import re

from modelservice.api.spec import ModelSource

_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST = 100


def folder_of(reference: str, details: ModelSource) -> str:
    """A name that people recognise, and that differs wherever the content would."""
    decides = [reference, details.endpoint, details.include, details.exclude, details.sha256]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:10]
    scheme, _, rest = reference.partition("://")
    words = [_UNSAFE.sub("-", word).strip("-.") for word in rest.split("?")[0].split("/")]
    return f"{'--'.join([scheme, *filter(None, words)])[:_LONGEST].rstrip('-.')}-{digest}"
