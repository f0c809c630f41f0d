"""Ollama's own library: `ollama://name:tag`. Only its engine knows the format, and pulls such a model by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located
from modelservice.sources.source import Reference

PREFIX = "ollama://"
_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAME = re.compile(rf"(?:{_WORD}(?::[0-9]+)?/)?(?:{_WORD}/)?{_WORD}(?::{_WORD})?")


class Ollama:
    """`name`, `name:tag` or `host/namespace/name:tag`, as `ollama pull` takes it."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {}

    def locate(self, reference: Reference) -> Located | Finding:
        name = reference.text.removeprefix(PREFIX)
        if not _NAME.fullmatch(name):
            return reference.refused("names no model of Ollama: write `ollama://name:tag`")
        return Located(argument=name, public_id=name, only="ollama")


SOURCE = Ollama()
