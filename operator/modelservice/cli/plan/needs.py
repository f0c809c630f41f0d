"""What the pods name and is not there: Secrets and their keys, ConfigMaps, claims, a RuntimeClass, a StorageClass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.facts.cluster import ClusterFacts
from modelservice.facts.raw import items, part, text
from modelservice.kube import apply, errors
from modelservice.kube.resources import CLAIM, CONFIG_MAP, SECRET, Key, Manifest, Resource
from modelservice.kube.session import Session
from modelservice.observe.references import claim_field, config_map_field, secret_field

REASONS = {SECRET: Reason.SECRET_MISSING, CONFIG_MAP: Reason.CONFIG_MISSING, CLAIM: Reason.CLAIM_MISSING}
FIELDS = {SECRET: secret_field, CONFIG_MAP: config_map_field, CLAIM: claim_field}


@dataclass(frozen=True, slots=True)
class Need:
    """An object that pods name, and a key in it or none."""

    resource: Resource
    name: str
    key: str = ""


async def missing(
    session: Session, namespace: str, wanted: Sequence[Manifest], template: Manifest, spec: ModelServiceSpec
) -> list[Remark]:
    """A remark for each thing that pods of this template would wait for."""
    ours = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in wanted}
    due = [need for need in dict.fromkeys(needs(template["spec"])) if (need.resource.kind, need.name) not in ours]
    found: dict[tuple[Resource, str], Manifest | None] = {}
    remarks: dict[Remark, None] = {}
    for need in due:
        what = need.resource, need.name
        try:
            if what not in found:
                found[what] = await apply.get(session, need.resource, Key(namespace, need.name))
        except errors.Forbidden:
            told = f"you may not read {need.resource.plural}, so nobody looked whether {need.name} is there"
            remarks[Remark(Severity.NOTE, told)] = None
            continue
        if lacking := _lacking(need, found[what], spec):
            remarks[lacking] = None
    return list(remarks)


def needs(pod: Mapping[str, Any]) -> Iterator[Need]:
    """What a pod cannot start without."""
    for container in (*items(pod, "initContainers"), *items(pod, "containers")):
        for variable in items(container, "env"):
            value_from = part(variable, "valueFrom")
            yield from _named(SECRET, part(value_from, "secretKeyRef"), "name", "key")
            yield from _named(CONFIG_MAP, part(value_from, "configMapKeyRef"), "name", "key")
        for source in items(container, "envFrom"):
            yield from _named(SECRET, part(source, "secretRef"), "name")
            yield from _named(CONFIG_MAP, part(source, "configMapRef"), "name")
    for volume in items(pod, "volumes"):
        yield from _named(SECRET, part(volume, "secret"), "secretName")
        yield from _named(CONFIG_MAP, part(volume, "configMap"), "name")
        yield from _named(CLAIM, part(volume, "persistentVolumeClaim"), "claimName")
    for secret in items(pod, "imagePullSecrets"):
        yield from _named(SECRET, secret, "name")


def classes(spec: ModelServiceSpec, template: Manifest, claimed: bool, cluster: ClusterFacts) -> Iterator[Remark]:
    """`claimed`: the cache's claim is there already, whatever has become of its class."""
    runtime = text(template["spec"], "runtimeClassName")
    if runtime and cluster.runtime_classes is not None and runtime not in cluster.runtime_classes:
        told = f"RuntimeClass {runtime} does not exist: create it, or change gpu.runtimeClassName"
        yield Remark(Severity.WARNING, told, "gpu.runtimeClassName", Reason.RUNTIME_CLASS_MISSING)
    cache, known = spec.cache, cluster.storage_classes
    if cache is None or not cache.size or claimed or known is None:
        return
    named = cache.storage_class_name
    if named and named not in {one.name for one in known}:
        told = f"StorageClass {named} does not exist: create it, or change cache.storageClassName"
        yield Remark(Severity.WARNING, told, "cache.storageClassName", Reason.CLAIM_NOT_BOUND)
    elif not named and not any(one.default for one in known):
        told = "the cluster has no default StorageClass: set cache.storageClassName, or cache.claimName"
        yield Remark(Severity.WARNING, told, "cache.storageClassName", Reason.CLAIM_NOT_BOUND)


def _named(resource: Resource, reference: Mapping[str, Any], name: str, key: str = "") -> Iterator[Need]:
    if text(reference, name) and not reference.get("optional"):
        yield Need(resource, text(reference, name), text(reference, key) if key else "")


def _lacking(need: Need, live: Manifest | None, spec: ModelServiceSpec) -> Remark | None:
    kind, field = need.resource.kind, FIELDS[need.resource](spec, need.name)
    if live is None:
        told = f"{kind} {need.name} does not exist: create it, or change {field}"
    elif need.key and need.key not in {**part(live, "data"), **part(live, "binaryData")}:
        told = f"{kind} {need.name} has no key {need.key}: add it, or change {field}"
    else:
        return None
    return Remark(Severity.WARNING, told, field, REASONS[need.resource])
