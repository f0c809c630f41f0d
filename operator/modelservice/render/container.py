"""The engine's container: argv lists, resources, probes that give a large model its time, and an orderly end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.facts.marks import ENGINE
from modelservice.render import configmaps, env
from modelservice.render.blueprint import Blueprint
from modelservice.render.security import container_security
from modelservice.render.volumes import Mount

PORT_NAME = "http"
PROBE_PERIOD = 5
PROBE_TIMEOUT = 5
"""A busy engine answers its health route late: with Kubernetes' one second it would be restarted under load."""
LIVENESS_PERIOD = 10
LIVENESS_FAILURES = 6
READINESS_FAILURES = 3


def container(blueprint: Blueprint, mounts: list[Mount]) -> dict[str, Any]:
    """The container named `engine`. `command` and `args` are left to the image by a custom engine alone."""
    spec, launch = blueprint.spec, blueprint.launch
    result: dict[str, Any] = {"name": ENGINE, "image": blueprint.resolved.image}
    if spec.engine.image_pull_policy:
        result["imagePullPolicy"] = spec.engine.image_pull_policy
    if launch.command:
        result["command"] = list(launch.command)
    if launch.args:
        result["args"] = list(launch.args)
    if env.from_config_map(blueprint):
        ours = {"configMapRef": {"name": configmaps.env_name(blueprint.service, env.literals(blueprint))}}
        result["envFrom"] = [ours, *spec.engine.env_from]
    variables = env.env(blueprint)
    if variables:
        result["env"] = variables
    return {
        **result,
        "ports": [{"name": PORT_NAME, "containerPort": launch.port, "protocol": "TCP"}],
        "resources": resources(blueprint),
        **probes(blueprint),
        **lifecycle(blueprint),
        "securityContext": container_security(),
        "volumeMounts": [mount.manifest() for mount in mounts],
    }


def resources(blueprint: Blueprint) -> dict[str, Any]:
    """What the user said, the engine's requests for what he did not speak of, and GPUs as both limit and request."""
    said: Mapping[str, Any] = blueprint.spec.resources
    limits, requests = dict(said.get("limits") or {}), dict(said.get("requests") or {})
    for name, amount in blueprint.launch.requests.items():
        if name not in limits:
            requests.setdefault(name, amount)
    if blueprint.resolved.gpus:
        gpus = {blueprint.spec.gpu.resource_name: str(blueprint.resolved.gpus)}
        limits, requests = {**limits, **gpus}, {**requests, **gpus}
    parts = {**said, "limits": limits, "requests": requests}
    return {name: part for name, part in parts.items() if part}


def probes(blueprint: Blueprint) -> dict[str, Any]:
    """Liveness begins only when the startup probe is done, which has the whole startup budget."""
    launch = blueprint.launch
    seconds = blueprint.spec.startup_timeout_seconds
    budget = -(-seconds // PROBE_PERIOD)
    startup = _probe(launch.startup_path, PROBE_PERIOD, budget)
    if launch.startup_command:
        # It may pull a model: what is cut off begins anew.
        startup = {"exec": {"command": list(launch.startup_command)}, **_timing(PROBE_PERIOD, budget, seconds)}
    return {
        "startupProbe": startup,
        "readinessProbe": _probe(launch.ready_path, PROBE_PERIOD, READINESS_FAILURES),
        "livenessProbe": _probe(launch.live_path, LIVENESS_PERIOD, LIVENESS_FAILURES),
    }


def _probe(path: str, period: int, failures: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": PORT_NAME}, **_timing(period, failures, PROBE_TIMEOUT)}


def _timing(period: int, failures: int, timeout: int) -> dict[str, int]:
    return {"periodSeconds": period, "timeoutSeconds": timeout, "failureThreshold": failures}


def lifecycle(blueprint: Blueprint) -> dict[str, Any]:
    """Asleep before SIGTERM, so that endpoints are withdrawn first. The kubelet sleeps: no shell is needed."""
    seconds = blueprint.launch.drain.before_sigterm
    return {"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}} if seconds > 0 else {}
