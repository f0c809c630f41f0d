"""Models that lie in images, in a cluster without image volumes: init containers of the engine's pod copy them out.

Each runs the model's own image, which the kubelet pulls as it pulls any other, with the `cp` that is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import dirname
from typing import Any

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.model import Located
from modelservice.render.blueprint import Blueprint
from modelservice.render.security import container_security
from modelservice.render.volumes import Mount

Manifest = dict[str, Any]

MODEL = "model"
REQUESTS = {"cpu": "100m", "memory": "64Mi"}


def copies(blueprint: Blueprint, mounts: list[Mount]) -> list[Manifest]:
    """One for each model in an image; none where image volumes bring them."""
    if not blueprint.resolved.copied:
        return []
    return [_copy(model, mounts, index) for index, model in enumerate(filter(_is_in_image, blueprint.models))]


def uncopied(models: Iterable[Located], copied: bool) -> list[Finding]:
    """The root of an image holds more than a model, and whoever copies it copies itself."""
    if not copied:
        return []
    return [
        Finding(
            Reason.INVALID_SPEC,
            "model",
            f"This cluster has no image volumes, so that the model is copied out of its image: name its folder, as in "
            f"`oci://{model.image}/models`.",
        )
        for model in models
        if model.volume and _is_in_image(model) and model.path == model.volume.mount_path
    ]


def _is_in_image(model: Located) -> bool:
    return bool(model.image)


def _copy(model: Located, mounts: list[Mount], index: int) -> Manifest:
    """What is copied has the path in the volume that it has in the image; the kubelet makes the folders above it."""
    assert model.volume is not None, "an image is mounted or copied into a volume"
    root = model.volume.mount_path
    inside = model.path.removeprefix(root)
    [mount] = [mount for mount in mounts if mount.path == root]
    above = dirname(inside).strip("/")
    return {
        "name": f"{MODEL}-{index + 1}" if index else MODEL,
        "image": model.image,
        "command": ["cp", "-RL", inside, f"{root}/"],
        "resources": {"requests": dict(REQUESTS)},
        "securityContext": container_security(),
        "volumeMounts": [{"name": mount.volume, "mountPath": root, **({"subPath": above} if above else {})}],
    }
