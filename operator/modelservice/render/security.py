"""Who the engine runs as and what it may do: as little as is proven to work for its image.

Non-root only where the image is proven to run so and everything it needs is readable then: `/root` is 0700, and an
existing claim may hold files of any owner. An fsGroup changes a volume's files, so it is set on our own claim alone.
"""

from __future__ import annotations

from typing import Any

from modelservice.facts.raw import part
from modelservice.render import paths
from modelservice.render.blueprint import Blueprint

_IDENTITY = frozenset({"runAsUser", "runAsGroup", "runAsNonRoot"})


def pod_security(blueprint: Blueprint) -> dict[str, Any]:
    """The pod's security context; a user who says who it runs as says all of it."""
    said = blueprint.spec.security_context
    ours: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    user = None if _IDENTITY & said.keys() else non_root_user(blueprint)
    if user is not None:
        ours |= {"runAsNonRoot": True, "runAsUser": user}
        if blueprint.spec.cache and blueprint.spec.cache.size:
            ours |= {"fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"}
    return {**ours, **said}


def container_security() -> dict[str, Any]:
    """No engine needs more: a GPU comes by the device plugin and the RuntimeClass."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def loader_security(blueprint: Blueprint) -> dict[str, Any]:
    """Root where nobody says who the pod runs as: most images of engines are, and the top of most volumes is root's."""
    said = [
        pod_security(blueprint),
        *(part(overlay.template.spec, "securityContext") for overlay in blueprint.overlays),
    ]
    return (
        container_security()
        if any(_IDENTITY & one.keys() for one in said)
        else {**container_security(), "runAsUser": 0}
    )


def non_root_user(blueprint: Blueprint) -> int | None:
    """The user id to run as, None for the image's own."""
    spec, models = blueprint.spec, blueprint.models
    existing_claim = bool(spec.cache and spec.cache.claim_name) or any(model.volume for model in models)
    places = (
        paths.hub_cache(blueprint.spec),
        *(model.path for model in models),
        *(file.path for file in spec.engine.files),
    )
    if existing_claim or any(paths.is_under_root(place) for place in places):
        return None
    return blueprint.launch.non_root
