"""A container's environment in our fields: tokens, mirrors and keys have one each; what the operator sets is gone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN")
KEYS = ("VLLM_API_KEY",)
DROPPED = frozenset(
    {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "HOME", "VLLM_CACHE_ROOT", "VLLM_USE_V1"}
)
"""The operator gives each a place of its own, or the engine does not read it any more."""
BY_PLUGIN = frozenset({"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"})
_REFERENCE = re.compile(r"(?<!\$)\$\((?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\)")
_SECRET = re.compile(r"(^|_)(SECRET|PASSWORD|TOKEN|API_KEY|ACCESS_KEY)$")
_YES = frozenset({"1", "true", "yes", "on"})

EnvVar = Mapping[str, Any]


def told(name: str, env: Sequence[EnvVar], notes: list[str]) -> dict[str, Any]:
    """The fields that it becomes: `huggingFace`, `auth`, `modelscope` (a mark) and `env` for the rest."""
    hub: dict[str, Any] = {}
    result: dict[str, Any] = {"huggingFace": hub, "env": []}
    for variable in env:
        key, value = variable["name"], str(variable.get("value", ""))
        if key in TOKENS:
            hub["tokenSecret"] = _secret(variable, f"{name}-hf-token", "token", "huggingFace.tokenSecret", notes)
        elif key in KEYS:
            result["auth"] = {"apiKeySecret": _secret(variable, f"{name}-api-key", "key", "auth.apiKeySecret", notes)}
        elif key == "HF_ENDPOINT" and value.startswith("http"):
            hub["endpoint"] = value
        elif key == "HF_HUB_OFFLINE" and "value" in variable:
            hub |= {"offline": True} if value.lower() in _YES else {}
        elif key == "VLLM_USE_MODELSCOPE" and value.lower() in _YES:
            result["modelscope"] = True
        elif key in BY_PLUGIN:
            notes.append(f"engine.env: {key} was dropped: the device plugin chooses the GPUs")
        elif key not in DROPPED:
            result["env"].append(_kept(variable, name, notes))
    return result


def expanded(words: Sequence[str], env: Sequence[EnvVar]) -> list[str]:
    """With `$(NAME)` replaced as Kubernetes does it, where the value is plain and no secret."""
    values = {one["name"]: str(one["value"]) for one in env if one.get("value") and not _SECRET.search(one["name"])}
    return [_REFERENCE.sub(lambda found: values.get(found["name"], found[0]), str(word)) for word in words]


def _kept(variable: EnvVar, name: str, notes: list[str]) -> dict[str, Any]:
    """As it is, but for what is secret by its name: a ModelService is open to all who may see it."""
    key = variable["name"]
    if "value" not in variable or not _SECRET.search(key):
        return dict(variable)
    own = f"{name}-{key.lower().replace('_', '-')}"
    return {"name": key, "valueFrom": {"secretKeyRef": _secret(variable, own, key, "engine.env", notes)}}


def _secret(variable: EnvVar, name: str, key: str, field: str, notes: list[str]) -> dict[str, str]:
    """The Secret that it comes from, or one to make of a plain value, which is never repeated."""
    found = ((variable.get("valueFrom") or {}).get("secretKeyRef")) or {}
    if found.get("name") and found.get("key"):
        return {"name": found["name"], "key": found["key"]}
    notes.append(
        f"{field}: the value of {variable['name']} belongs into a Secret: "
        f"kubectl create secret generic {name} --from-literal={key}=..."
    )
    return {"name": name, "key": key}
