"""The Service that clients call: pod-direct, one port, whatever the engine's own is."""

from __future__ import annotations

from typing import Any

from modelservice.api.resource import ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.render.container import PORT_NAME
from modelservice.render.metadata import Manifest, metadata, selector


def service(owner: ModelService, spec: ModelServiceSpec, target_port: str | int = PORT_NAME) -> Manifest:
    wanted = spec.service
    port: dict[str, Any] = {"name": PORT_NAME, "port": wanted.port, "protocol": "TCP", "targetPort": target_port}
    if wanted.node_port:
        port["nodePort"] = wanted.node_port
    body: dict[str, Any] = {
        "type": wanted.type,
        "selector": selector(owner.metadata.name),
        "ports": [port],
        "sessionAffinity": wanted.session_affinity,
    }
    if wanted.load_balancer_class:
        body["loadBalancerClass"] = wanted.load_balancer_class
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(
            owner, owner.metadata.name, extra_labels=wanted.labels, annotations=wanted.annotations or None
        ),
        "spec": body,
    }
