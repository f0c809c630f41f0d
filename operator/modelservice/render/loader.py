"""The loader, which fetches models into the cache: as Jobs of its own, or as init containers of the engine's pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelservice.api.resource import RESTART_ANNOTATION, ModelService
from modelservice.engines.hub_env import hub_access
from modelservice.facts.marks import LOADER
from modelservice.facts.model import Fetch
from modelservice.facts.raw import part, text
from modelservice.facts.workload import RevisionFacts
from modelservice.render import env, paths
from modelservice.render.blueprint import Blueprint
from modelservice.render.canonical import digest
from modelservice.render.fetching import Fetcher
from modelservice.render.metadata import labels, metadata, selector
from modelservice.render.names import child_name
from modelservice.render.security import loader_security
from modelservice.render.volumes import Mount

Manifest = dict[str, Any]

COMMAND = ("python", "-m", "loader")
REQUESTS = {"cpu": "100m", "memory": "256Mi"}
HUB_CACHE, TMP = "cache", "tmp"
MOUNTED = frozenset({HUB_CACHE, "home", TMP, "ca"})
"""The pod's volumes that the loader needs."""
KEPT_SECONDS = 900
"""A finished Job goes after this, and one that failed is made again: what it wants may be there by then."""
TRIES = 10
"""Kubernetes waits 10 s after the first failure, and twice as long after each."""
FOR_GOOD = 2
"""The loader's exit code where another try would fail as well."""
OF_THE_ENGINE = (
    "nodeSelector",
    "tolerations",
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "securityContext",
    "priorityClassName",
    "schedulerName",
    "dnsPolicy",
    "dnsConfig",
    "hostAliases",
)
"""What the loader's pod has as the engine's has it: where it may run, as whom, and how it finds other machines."""
ONLINE = ("HF_", "HUGGING_FACE_", "MODELSCOPE_", "AWS_", "GOOGLE_", "SSL_", "REQUESTS_", "CURL_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
OFFLINE = frozenset({"HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_HOME"})


def init_containers(blueprint: Blueprint, mounts: list[Mount]) -> list[Manifest]:
    """One after another, before the engine; none unless they are who fetches."""
    if blueprint.resolved.fetch != Fetcher.INIT:
        return []
    return [
        container(blueprint, fetch, mounts, LOADER if index == 0 else f"{LOADER}-{index + 1}")
        for index, fetch in enumerate(blueprint.fetches)
    ]


def jobs(blueprint: Blueprint, template: Mapping[str, Any], mounts: list[Mount]) -> dict[str, Manifest]:
    """The spec of each Job that must be done before a pod of `template` starts, by name."""
    if blueprint.resolved.fetch != Fetcher.JOB:
        return {}
    containers = [container(blueprint, fetch, mounts, LOADER) for fetch in blueprint.fetches]
    specs = [job(pod_template(blueprint, template, loader)) for loader in containers]
    return {child_name(blueprint.service, f"fetch-{digest(spec, 10)}"): spec for spec in specs}


def fetching_jobs(owner: ModelService, revision: RevisionFacts) -> list[Manifest]:
    """The Jobs of a revision, as they were rendered with it."""
    return [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata(owner, name, component=LOADER),
            "spec": dict(spec),
        }
        for name, spec in revision.jobs.items()
    ]


def fetched(fetches: tuple[Fetch, ...]) -> str:
    """What stands for them on the engine's pods."""
    return digest([[fetch.reference, fetch.folder, fetch.include, fetch.exclude, fetch.sha256] for fetch in fetches])


def job(template: Manifest) -> Manifest:
    """The spec of a Job around this pod, tried again as long as there is sense in it."""
    return {
        "backoffLimit": TRIES,
        "ttlSecondsAfterFinished": KEPT_SECONDS,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {
            "rules": [
                {"action": "FailJob", "onExitCodes": {"containerName": LOADER, "operator": "In", "values": [FOR_GOOD]}},
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            ]
        },
        "template": template,
    }


def pod_template(blueprint: Blueprint, template: Mapping[str, Any], loader: Manifest) -> Manifest:
    marks: Manifest = {"labels": labels(blueprint.service, LOADER)}
    if blueprint.restart:
        marks["annotations"] = {RESTART_ANNOTATION: blueprint.restart}
    return {"metadata": marks, "spec": pod_spec(blueprint.service, template, loader)}


def pod_spec(service: str, template: Mapping[str, Any], loader: Manifest) -> Manifest:
    """The engine's own pod with another container, and without what only GPUs need."""
    engine = part(template, "spec")
    mounted = {mount["name"] for mount in loader["volumeMounts"]}
    return {
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        "containers": [loader],
        "volumes": [volume for volume in engine.get("volumes", []) if text(volume, "name") in mounted],
        **{name: engine[name] for name in OF_THE_ENGINE if name in engine},
        "affinity": affinity(service, engine),
    }


def affinity(service: str, engine: Mapping[str, Any]) -> Manifest:
    """The engine's nodes; of these the one where its pods are, if there are any: a disk may be attached there."""
    node = part(engine, "affinity", "nodeAffinity")
    near = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": beside(service)}]}
    return {**({"nodeAffinity": node} if node else {}), "podAffinity": near}


def beside(service: str) -> Manifest:
    """The nodes where pods of the engine are."""
    return {"labelSelector": {"matchLabels": selector(service)}, "topologyKey": "kubernetes.io/hostname"}


def container(blueprint: Blueprint, fetch: Fetch, mounts: list[Mount], name: str) -> Manifest:
    result: Manifest = {
        "name": name,
        "image": blueprint.resolved.loader,
        "command": list(COMMAND),
        "args": arguments(fetch, paths.hub_cache(blueprint.spec)),
    }
    if fetch.credentials_secret:
        result["envFrom"] = [{"secretRef": {"name": fetch.credentials_secret}}]
    return {
        **result,
        "env": environment(blueprint),
        "resources": {"requests": dict(REQUESTS)},
        "securityContext": loader_security(blueprint),
        "volumeMounts": [mount.manifest() for mount in mounts if mount.volume in MOUNTED],
    }


def arguments(fetch: Fetch, cache: str) -> list[str]:
    """The loader's command line."""
    words = ["fetch", "--reference", fetch.reference, "--cache", cache, "--folder", fetch.folder]
    words += [word for pattern in fetch.include for word in ("--include", pattern)]
    words += [word for pattern in fetch.exclude for word in ("--exclude", pattern)]
    words += ["--endpoint", fetch.endpoint] if fetch.endpoint else []
    return words + (["--sha256", fetch.sha256] if fetch.sha256 else [])


def environment(blueprint: Blueprint) -> list[Mapping[str, Any]]:
    """How the engine would reach a hub: token, mirror, proxies and certificates; the user's own win."""
    base = {
        "HOME": paths.HOME,
        "USER": env.USER,
        "LOGNAME": env.USER,
        "HF_HOME": paths.HF_HOME,
        "HF_HUB_CACHE": paths.hub_cache(blueprint.spec),
        **blueprint.resolved.environment,
        **(dict.fromkeys(env.CA_VARIABLES, paths.CA_FILE) if blueprint.resolved.ca_bundle else {}),
    }
    ours: list[Mapping[str, Any]] = [{"name": name, "value": value} for name, value in base.items()]
    ours += [item for item in hub_access(blueprint.spec.hugging_face) if item["name"] not in OFFLINE]
    named = {item["name"]: item for item in ours}
    named |= {item["name"]: item for item in blueprint.spec.engine.env if _reaches_out(item["name"])}
    return list(named.values())


def _reaches_out(name: str) -> bool:
    if name in OFFLINE:
        return False
    return name.startswith(ONLINE) or name.upper() in PROXIES
