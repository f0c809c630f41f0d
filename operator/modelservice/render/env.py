"""The engine's environment: ours, then the engine's and the hub's, then the user's, which wins.

A variable keeps its place in that order, since `$(NAME)` reaches only what stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.render import paths
from modelservice.render.blueprint import Blueprint
from modelservice.render.canonical import digest

USER = "modelservice"
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

EnvVar = Mapping[str, Any]


def env(blueprint: Blueprint) -> list[EnvVar]:
    """The container's `env`, each name once."""
    ours = list(blueprint.launch.env)
    if not from_config_map(blueprint):
        ours = [{"name": name, "value": value} for name, value in base(blueprint).items()] + ours
    else:
        ours = [item for item in ours if "value" not in item]
    named = {item["name"]: item for item in ours}
    for item in blueprint.spec.engine.env:
        named.pop(item["name"], None)
        named[item["name"]] = item
    return list(named.values())


def from_config_map(blueprint: Blueprint) -> bool:
    """Whether the user takes variables from objects that we do not read.

    `env` beats `envFrom` in Kubernetes, so ours then come by `envFrom` as well, before his, and his win.
    """
    return bool(blueprint.spec.engine.env_from)


def literals(blueprint: Blueprint) -> dict[str, str]:
    """Ours and the engine's variables that have a plain value."""
    return {**base(blueprint), **{item["name"]: item["value"] for item in blueprint.launch.env if "value" in item}}


def base(blueprint: Blueprint) -> dict[str, str]:
    """What every engine gets. Torch asks for a user's name, and fails where the id has no entry in /etc/passwd."""
    return {
        "HOME": paths.HOME,
        "USER": USER,
        "LOGNAME": USER,
        "HF_HOME": paths.HF_HOME,
        "HF_HUB_CACHE": paths.hub_cache(blueprint.spec),
        **{name: paths.in_cache(blueprint.spec, folder) for name, folder in blueprint.launch.model_env.items()},
        **compile_caches(blueprint),
        **blueprint.resolved.environment,
        **(dict.fromkeys(CA_VARIABLES, paths.CA_FILE) if blueprint.resolved.ca_bundle else {}),
    }


def compile_caches(blueprint: Blueprint) -> dict[str, str]:
    """Compiled kernels outlive a pod, and never meet those of another image or GPU."""
    root = paths.COMPILE_CACHE
    if blueprint.cache_writable:
        key = digest([blueprint.resolved.image, *sorted(blueprint.spec.gpu.products)], 10)
        root = f"{paths.hub_cache(blueprint.spec)}/{paths.HIDDEN}/{key}"
    return {name: f"{root}/{folder}" for name, folder in blueprint.launch.cache_env.items()}
