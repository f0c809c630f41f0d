"""The Hugging Face hub: `org/name`, `hf://org/name`, each with `@revision` where wanted.

The engine is told the id and fetches the model by itself; from a cache that a loader has filled it starts offline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Fetch, Located
from modelservice.sources.source import Reference

PREFIX = "hf://"
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# The hub's own rule (huggingface_hub.utils.validate_repo_id): words of 96 characters at most without `--` or `..`.
_ID = re.compile(rf"(?:{_WORD}/)?{_WORD}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")
_LONGEST_ID = 96


class HuggingFace:
    """`org/name[@revision]`, with or without `hf://`."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {
        "credentialsSecret": "the hub's token is huggingFace.tokenSecret",
        "endpoint": "a mirror of the hub is huggingFace.endpoint",
        "sha256": "pin a commit, as in `org/name@commit`; the loader checks every file's hash by itself",
    }

    def locate(self, reference: Reference) -> Located | Finding:
        model, at, revision = reference.text.removeprefix(PREFIX).partition("@")
        if not is_id(model):
            return reference.refused(f"is no model on the Hugging Face hub: write `org/name`, {_ELSEWHERE}")
        if at and not is_revision(revision):
            return reference.refused(f"ends in no revision: {REVISION_FIX}")
        fetch = Fetch(
            reference=f"{PREFIX}{model}{at}{revision}",
            folder=f"models--{model.replace('/', '--')}",
            include=tuple(reference.details.include),
            exclude=tuple(reference.details.exclude),
        )
        return Located(argument=model, public_id=model, revision=revision, hub=True, fetch=fetch)


_ELSEWHERE = "`/absolute/path` for a folder in the container, or `pvc://claim/path` for one on a volume"
REVISION_FIX = "write a branch, a tag or a commit after the `@`"


def is_id(model: str) -> bool:
    return bool(_ID.fullmatch(model)) and len(model) <= _LONGEST_ID and "--" not in model and ".." not in model


def is_revision(revision: str) -> bool:
    return bool(_REVISION.fullmatch(revision))


SOURCE = HuggingFace()
