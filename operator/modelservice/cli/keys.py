"""The API key that a model server asks for: read when it is needed, sent to that server alone, never shown."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError
from modelservice.cli.seen import Service
from modelservice.kube.resources import SECRET

VARIABLE = "OPENAI_API_KEY"


def key_for(cluster: Cluster, seen: Service) -> str:
    """From the Secret that `auth.apiKeySecret` names. $OPENAI_API_KEY counts where that may not be read, and where the
    server is one that we do not guard. Else nothing: a server that asks for no key gets none."""
    reference = (seen.spec.get("auth") or {}).get("apiKeySecret")
    given = os.environ.get(VARIABLE, "")
    if reference is None:
        engine: dict[str, Any] = seen.spec.get("engine") or {}
        return given if engine.get("remote") or engine.get("custom") else ""
    try:
        secret = cluster.get(SECRET, reference["name"])
        return base64.b64decode(secret["data"][reference["key"]]).decode().strip()
    except (CommandError, KeyError, binascii.Error, UnicodeDecodeError) as error:
        if given:
            return given
        raise CommandError(
            f"{seen.name} asks for a key, and key {reference['key']} of Secret {reference['name']} is not to be had",
            f"set {VARIABLE} to the key, or ask whoever runs the cluster for the right to read the Secret",
        ) from error
