"""A model in a container image: `oci://registry/name:tag/folder`, the image's root where no folder is named.

The kubelet pulls the image, with the pod's own pull secrets, and keeps it on the node.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelservice.api.findings import Finding
from modelservice.api.rules import DETAILS
from modelservice.facts.model import Located, ModelVolume
from modelservice.sources.claim import MOUNT_PATH
from modelservice.sources.fetched import folder_of
from modelservice.sources.path import path_problem, public_id
from modelservice.sources.source import Reference

PREFIX = "oci://"
# The first word is a registry's host when it has a dot or a port, as container tools have it. What follows the tag or
# the digest is a path inside the image.
_HOST = r"(?:(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+|localhost)/"
_NAME = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_PINNED = r":[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64}"
_IMAGE = re.compile(rf"(?P<image>(?:{_HOST})?(?P<name>{_NAME}(?:/{_NAME})*)(?:{_PINNED}))(?P<path>/.*)?")


class Oci:
    """Pinned by a tag or a digest: without one nobody could say which model runs."""

    scheme = PREFIX
    takes = DETAILS[PREFIX]
    instead: Mapping[str, str] = {
        "credentialsSecret": "the kubelet pulls the image with engine.imagePullSecrets",
        "endpoint": "the reference itself names the registry",
        "include": "name a folder of the image after its tag",
        "sha256": "pin a digest, as in `oci://registry/name@sha256:...`",
    }

    def locate(self, reference: Reference) -> Located | Finding:
        found = _IMAGE.fullmatch(reference.text.removeprefix(PREFIX))
        if not found:
            return reference.refused("names no image with a tag or digest: write `oci://registry/name:tag/folder`")
        image, inside = found["image"], (found["path"] or "").rstrip("/")
        root = f"{MOUNT_PATH}/{folder_of(f'{PREFIX}{image}', reference.details)}"
        path = f"{root}{inside}"
        problem = path_problem(path)
        if problem:
            return reference.refused(problem)
        return Located(
            argument=path,
            public_id=public_id(inside or found["name"]),
            path=path,
            volume=ModelVolume(name="model", source={"image": {"reference": image}}, mount_path=root),
            image=image,
        )


SOURCE = Oci()
