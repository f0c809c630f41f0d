"""The Hugging Face hub: `org/name`, `hf://org/name`, each with `@revision` where wanted.

The engine itself fetches such a model by its id; a filled cache or a mirror changes nothing here.
"""

from __future__ import annotations

import re

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.model import Located

PREFIX = "hf://"
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# The hub's own rule (huggingface_hub.utils.validate_repo_id): words of 96 characters at most without `--` or `..`.
_ID = re.compile(rf"(?:{_WORD}/)?{_WORD}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")
_LONGEST_ID = 96


class HuggingFace:
    """`org/name[@revision]`, with or without `hf://`."""

    scheme = PREFIX

    def locate(self, reference: str, field: str = "model") -> Located | Finding:
        model, at, revision = reference.removeprefix(PREFIX).partition("@")
        if not _is_id(model):
            return _refuse(field, f"`{reference}` is no model on the Hugging Face hub: write `org/name`, {_ELSEWHERE}")
        if at and not _REVISION.fullmatch(revision):
            return _refuse(field, f"`{reference}` ends in no revision: write a branch, a tag or a commit after the `@`")
        return Located(argument=model, public_id=model, revision=revision, hub=True)


_ELSEWHERE = "`/absolute/path` for a folder in the container, or `pvc://claim/path` for one on a volume"


def _is_id(model: str) -> bool:
    return bool(_ID.fullmatch(model)) and len(model) <= _LONGEST_ID and "--" not in model and ".." not in model


def _refuse(field: str, message: str) -> Finding:
    return Finding(Reason.INVALID_SPEC, field, f"{message}.")


SOURCE = HuggingFace()
