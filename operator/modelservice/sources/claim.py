"""`pvc://claim/path`: the model lies on a PersistentVolumeClaim of the same namespace, mounted read-only.

The claim's root is mounted and not the folder: the links of a hub cache lead out of the snapshot's folder, and the
kubelet would make a missing folder where the engine should say that it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located, ModelVolume
from modelservice.sources.path import path_problem, public_id
from modelservice.sources.source import Reference

PREFIX = "pvc://"
MOUNT_PATH = "/models"
_CLAIM = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class Claim:
    """A folder or file on a claim; without a path the claim's root."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {}

    def locate(self, reference: Reference) -> Located | Finding:
        claim, _, folder = reference.text.removeprefix(PREFIX).partition("/")
        if not _CLAIM.fullmatch(claim):
            return reference.refused("names no claim: write `pvc://claim/path`, as in `kubectl get pvc`")
        root = f"{MOUNT_PATH}/{claim}"
        path = f"{root}/{folder.strip('/')}".rstrip("/")
        problem = path_problem(path)
        if problem:
            return reference.refused(problem)
        source = {"persistentVolumeClaim": {"claimName": claim, "readOnly": True}}
        volume = ModelVolume(name="model", source=source, mount_path=root)
        return Located(argument=path, public_id=public_id(path), path=path, volume=volume)


SOURCE = Claim()
