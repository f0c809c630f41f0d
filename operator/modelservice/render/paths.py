"""Where things lie in the engine's container. `/root` is 0700 in many images, so nothing of ours is there."""

from __future__ import annotations

from modelservice.api.spec import ModelServiceSpec
from modelservice.sources.source import CACHE

HOME = "/home/modelservice"
HF_HOME = f"{HOME}/.cache/huggingface"
TMP = "/tmp"
SHARED_MEMORY = "/dev/shm"
COMPILE_CACHE = "/var/cache/modelservice"
"""Where compile caches go when the model cache cannot be written."""
HIDDEN = ".modelservice"
"""Folder of ours in a model cache: a hub cache ignores it, and `ls` does not show it."""
CA_FILE = "/etc/modelservice/ca.crt"


def is_under_root(path: str) -> bool:
    """Whether only root may reach this path in an image that leaves /root as it is."""
    return path == "/root" or path.startswith("/root/")


def hub_cache(spec: ModelServiceSpec) -> str:
    """Where the root of the model cache is mounted."""
    return spec.cache.mount_path.rstrip("/") if spec.cache else CACHE


def in_cache(spec: ModelServiceSpec, folder: str) -> str:
    """A folder of the model cache; the cache itself where none is named."""
    return f"{hub_cache(spec)}/{folder}".rstrip("/")
