"""The resource's schema as the CRD has it, from a file: making it anew from the models takes a command too long."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from modelservice.api.base import Schema


@cache
def resource_schema() -> Schema:
    """What `make crd` wrote; a test compares it with the models."""
    content: Schema = json.loads(files("modelservice.api").joinpath("schema.json").read_text())
    return content
