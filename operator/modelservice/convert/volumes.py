"""A container's mounts in our fields: shared memory, the model cache, a claim with the model; the rest as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HUB_HOMES = ("/root/.cache/huggingface", "/home/vllm/.cache/huggingface", "/home/user/.cache/huggingface", "/data")
COMPILE_CACHES = ("/root/.cache/vllm", "/home/vllm/.cache/vllm", "/root/.cache")
SHARED_MEMORY = "/dev/shm"

Mount = Mapping[str, Any]
Volume = Mapping[str, Any]


def told(
    mounts: Sequence[Mount], volumes: Sequence[Volume], model: str, notes: list[str], *, anywhere: bool
) -> dict[str, Any]:
    """The fields that they become: `cache`, `sharedMemory`, `model`, and `mounts` and `volumes` for `podTemplate`."""
    by_name = {volume["name"]: volume for volume in volumes}
    result: dict[str, Any] = {"mounts": [], "volumes": []}
    for mount in mounts:
        volume, path = by_name.get(mount["name"], {}), mount["mountPath"].rstrip("/")
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if path == SHARED_MEMORY:
            limit = (volume.get("emptyDir") or {}).get("sizeLimit")
            result |= {"sharedMemory": {"sizeLimit": limit}} if limit else {}
        elif claim and (model == path or model.startswith(f"{path}/")):
            result["model"] = _on_claim(claim, mount, model[len(path) :])
        elif claim and _is_cache(path) and "cache" not in result:
            result["cache"] = _cache(claim, mount, path)
        elif path in COMPILE_CACHES or ("emptyDir" in volume and _is_cache(path)):
            continue
        elif anywhere and "hostPath" in volume:
            notes.append(_left_behind(volume, path, model))
        else:
            result["mounts"].append(dict(mount))
            result["volumes"] += [dict(volume)] if volume and volume not in result["volumes"] else []
    return result


def _is_cache(path: str) -> bool:
    return path.removesuffix("/hub") in HUB_HOMES


def _cache(claim: str, mount: Mount, path: str) -> dict[str, Any]:
    """Our cache's root is the hub cache, which lies in `hub` of a Hugging Face home."""
    folder = "" if path.endswith("/hub") or path == "/data" else "hub"
    below = "/".join(filter(None, (str(mount.get("subPath") or "").strip("/"), folder)))
    result: dict[str, Any] = {"claimName": claim}
    if below:
        result["subPath"] = below
    if mount.get("readOnly"):
        result["readOnly"] = True
    return result


def _on_claim(claim: str, mount: Mount, rest: str) -> str:
    below = "/".join(filter(None, (str(mount.get("subPath") or "").strip("/"), rest.strip("/"))))
    return f"pvc://{claim}/{below}" if below else f"pvc://{claim}"


def _left_behind(volume: Volume, path: str, model: str) -> str:
    folder = volume["hostPath"]["path"]
    if _is_cache(path):
        return f"cache: the folder {folder} of that machine is on no node: set cache.size to keep models on a claim"
    if model.startswith(path):
        return (
            f"model: the folder {folder} of that machine is on no node: copy it to a claim, and write pvc://CLAIM/PATH"
        )
    return f"podTemplate: the folder {folder} of that machine, mounted at {path}, was dropped"
