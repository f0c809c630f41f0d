"""The ModelScope hub: `modelscope://org/name`, with `@revision` where wanted.

Engines fetch from it only with a library that their images do not have, so the loader always does.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located
from modelservice.sources.fetched import fetched
from modelservice.sources.hub import REVISION_FIX, is_id, is_revision
from modelservice.sources.source import Reference

PREFIX = "modelscope://"


class ModelScope:
    """`modelscope://org/name[@revision]`."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {"sha256": "the loader checks every file's hash by itself"}

    def locate(self, reference: Reference) -> Located | Finding:
        model, at, revision = reference.text.removeprefix(PREFIX).partition("@")
        if "/" not in model or not is_id(model):
            return reference.refused("is no model on ModelScope: write `modelscope://org/name`")
        if at and not is_revision(revision):
            return reference.refused(f"ends in no revision: {REVISION_FIX}")
        return fetched(reference, reference.text, model)


SOURCE = ModelScope()
