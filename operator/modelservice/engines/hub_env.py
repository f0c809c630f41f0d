"""The environment that tells every engine built on huggingface_hub its token, its mirror and to stay offline."""

from __future__ import annotations

from modelservice.api.references import SecretKeyRef
from modelservice.api.spec import HuggingFace
from modelservice.engines.engine import Ask, EnvVar

# Older libraries know the second name alone.
_TOKEN_NAMES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
SILENT: EnvVar = {"name": "DO_NOT_TRACK", "value": "1"}
"""Python's hub library would tell the hub what else is installed; engines that report their use heed it as well."""


def hub_env(ask: Ask) -> tuple[EnvVar, ...]:
    """Token from the Secret (the kubelet reads it, we never do), mirror, and offline."""
    offline: tuple[EnvVar, ...] = ({"name": "HF_HUB_OFFLINE", "value": "1"},) if ask.offline else ()
    return (*hub_access(ask.spec.hugging_face), *offline)


def hub_access(hub: HuggingFace) -> tuple[EnvVar, ...]:
    """Token and mirror."""
    env: list[EnvVar] = []
    if hub.token_secret:
        env += [from_secret(name, hub.token_secret) for name in _TOKEN_NAMES]
    if hub.endpoint:
        env.append({"name": "HF_ENDPOINT", "value": hub.endpoint})
    return tuple(env)


def from_secret(name: str, secret: SecretKeyRef) -> EnvVar:
    """An environment variable whose value the kubelet takes from a Secret."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key}}}
