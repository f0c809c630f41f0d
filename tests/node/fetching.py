"""What tests of models on their way into a cache share: specs that fetch from a hub, and what is told of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from lab.client import Manifest
from lab.hub import Hub
from node.conftest import Serve

Spec = dict[str, Any]
MOCK: Manifest = {"engine": {"type": "mock"}}
SHARED: Manifest = {"size": "64Mi", "storageClassName": "lab-shared", "accessModes": ["ReadWriteMany"]}
SLOW = pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")


def of(hub: Hub, model: str, cache: Manifest, **more: Any) -> Spec:
    """A service whose model a loader fetches from this hub."""
    return {**MOCK, "model": model, "huggingFace": {"endpoint": hub.url}, "cache": {**cache, "prefetch": True}, **more}


def weights(folder: Path, size: int, name: str = "model.safetensors") -> Path:
    """A file of so many bytes; of another size, none of its bytes tells of the others."""
    path = folder / name
    pieces = (hashlib.sha256(f"{size} {number}".encode()).digest() for number in range(size // 32 + 1))
    path.write_bytes(b"".join(pieces)[:size])
    return path


def pods(serve: Serve, name: str, component: str = "engine") -> list[Manifest]:
    labels = f"modelservice.io/name={name},modelservice.io/component={component}"
    return serve.client.list("Pod", serve.namespace, labels=labels)


def told(status: Manifest, kind: str) -> tuple[str, str]:
    """Reason and message of a condition."""
    found = [c for c in status.get("conditions", []) if c["type"] == kind]
    return (found[0]["reason"], found[0]["message"]) if found else ("", "")
