"""The pod template: what every engine's pod has in common, with the platform's and the user's own merged over it."""

from __future__ import annotations

from typing import Any

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.facts.marks import ENGINE, FETCHED_ANNOTATION
from modelservice.render.blueprint import Blueprint, Overlay
from modelservice.render.container import container
from modelservice.render.fetching import Fetcher
from modelservice.render.images import copies
from modelservice.render.loader import fetched, init_containers
from modelservice.render.merge import merged_pod_spec, without_duplicates
from modelservice.render.metadata import labels
from modelservice.render.placement import tolerations, with_products
from modelservice.render.security import pod_security
from modelservice.render.volumes import mounts, volumes

GRACE = 15
"""Seconds that an engine gets to end after its drain: teardown of vLLM takes six."""


def pod_template(blueprint: Blueprint) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The template, and what of `podTemplate` cannot be; with any such finding the template is no good."""
    ours = labels(blueprint.service)
    spec = pod_spec(blueprint)
    own_labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    findings: list[Finding] = []
    for overlay in blueprint.overlays:
        findings += refused(overlay, ours, grace_period(blueprint))
        spec, problems = merged_pod_spec(spec, overlay.template.spec, f"{overlay.where}.spec")
        findings += [_finding(problem.where, problem.message) for problem in problems]
        own_labels |= overlay.template.metadata.labels
        annotations |= overlay.template.metadata.annotations
    if findings:
        return {}, tuple(findings)
    products = blueprint.spec.gpu.products if blueprint.resolved.gpus else []
    affinity = with_products(spec.pop("affinity", {}), products)
    if affinity:
        spec["affinity"] = affinity
    if blueprint.restart:
        annotations[RESTART_ANNOTATION] = blueprint.restart
    if blueprint.resolved.fetch == Fetcher.JOB:
        annotations[FETCHED_ANNOTATION] = fetched(blueprint.fetches)
    metadata = {"labels": {**own_labels, **ours}, **_said({"annotations": annotations})}
    return {"metadata": metadata, "spec": spec}, ()


def pod_spec(blueprint: Blueprint) -> dict[str, Any]:
    """The PodSpec before anything is merged over it. A part that says nothing is left out."""
    spec = blueprint.spec
    mounted = mounts(blueprint)
    loaders = [*init_containers(blueprint, mounted), *copies(blueprint, mounted)]
    return {
        **({"initContainers": loaders} if loaders else {}),
        "containers": [container(blueprint, mounted)],
        "volumes": volumes(mounted),
        # A Service called `vllm` would put VLLM_PORT into the environment, which vLLM takes for its own setting.
        "enableServiceLinks": False,
        "automountServiceAccountToken": spec.service_account_name is not None,
        "securityContext": pod_security(blueprint),
        "terminationGracePeriodSeconds": grace_period(blueprint),
        **_said(
            {
                "serviceAccountName": spec.service_account_name,
                "imagePullSecrets": spec.engine.image_pull_secrets,
                "runtimeClassName": blueprint.resolved.runtime_class,
                "nodeSelector": spec.node_selector,
                "affinity": spec.affinity,
                "tolerations": tolerations(blueprint),
                "topologySpreadConstraints": without_duplicates(
                    spec.topology_spread_constraints, ("topologySpreadConstraints",)
                ),
                "priorityClassName": spec.priority_class_name,
                "schedulerName": spec.scheduler_name,
            }
        ),
    }


def grace_period(blueprint: Blueprint) -> int:
    """Seconds from the order to stop until the kubelet kills: the sleep, the drain and the engine's own end."""
    drain = blueprint.launch.drain
    return drain.before_sigterm + drain.after_sigterm + GRACE


def _said(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def refused(overlay: Overlay, ours: dict[str, str], grace: int) -> list[Finding]:
    """What would break the service itself: its selectors, its restarts, its drain, its one engine."""
    found = [
        _finding(
            f"{overlay.where}.metadata.labels.{key}", f"is the operator's label and stays `{ours[key]}`: remove it"
        )
        for key, value in overlay.template.metadata.labels.items()
        if ours.get(key, value) != value
    ]
    spec = overlay.template.spec
    if spec.get("restartPolicy", "Always") != "Always":
        found.append(_finding(f"{overlay.where}.spec.restartPolicy", "must stay `Always`, as in every Deployment"))
    seconds = spec.get("terminationGracePeriodSeconds", grace)
    if isinstance(seconds, int) and seconds < grace:
        found.append(
            _finding(
                f"{overlay.where}.spec.terminationGracePeriodSeconds",
                f"is shorter than the drain, which needs {grace}: set drainTimeoutSeconds instead",
            )
        )
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        items = spec.get(kind)
        for item in items if isinstance(items, list) else []:
            if not isinstance(item, dict) or item.get("name") != ENGINE:
                continue
            if kind != "containers":
                found.append(_finding(f"{overlay.where}.spec.{kind}", "has a second `engine`: give it another name"))
            elif "$patch" in item:
                found.append(_finding(f"{overlay.where}.spec.{kind}[engine]", "is the engine itself and cannot go"))
    return found


def _finding(field: str, message: str) -> Finding:
    return Finding(Reason.INVALID_POD_TEMPLATE, field, f"{field} {message}.")
