"""The kinds of Kubernetes objects that we read or write, and where the API server serves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

Manifest = dict[str, Any]
"""An object as JSON. Manifests are plain dicts on purpose: they are Kubernetes' types and not ours."""


class Key(NamedTuple):
    """An object of a known kind; the namespace of a cluster-wide one is empty."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind, and the place of its objects."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def collection(self, namespace: str | None = None) -> str:
        """The path of all objects, in one namespace or everywhere."""
        root = f"/apis/{self.group}" if self.group else "/api"
        scope = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{root}/{self.version}{scope}/{self.plural}"

    def path(self, key: Key, subresource: str = "") -> str:
        """The path of one object."""
        parts = [self.collection(key.namespace if self.namespaced else None), quote(key.name, safe="")]
        return "/".join([*parts, subresource] if subresource else parts)

    def describe(self, key: Key) -> str:
        """How messages name an object."""
        return f"{self.kind} {key}"


MODEL_SERVICE = Resource("modelservice.io", "v1alpha1", "ModelService", "modelservices")
DEPLOYMENT = Resource("apps", "v1", "Deployment", "deployments")
REPLICA_SET = Resource("apps", "v1", "ReplicaSet", "replicasets")
CONTROLLER_REVISION = Resource("apps", "v1", "ControllerRevision", "controllerrevisions")
POD = Resource("", "v1", "Pod", "pods")
SERVICE = Resource("", "v1", "Service", "services")
CONFIG_MAP = Resource("", "v1", "ConfigMap", "configmaps")
CLAIM = Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
EVENT = Resource("", "v1", "Event", "events")
NAMESPACE = Resource("", "v1", "Namespace", "namespaces", namespaced=False)
SECRET = Resource("", "v1", "Secret", "secrets")
NODE = Resource("", "v1", "Node", "nodes", namespaced=False)
DISRUPTION_BUDGET = Resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
AUTOSCALER = Resource("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
RUNTIME_CLASS = Resource("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", namespaced=False)
STORAGE_CLASS = Resource("storage.k8s.io", "v1", "StorageClass", "storageclasses", namespaced=False)
QUOTA = Resource("", "v1", "ResourceQuota", "resourcequotas")
ENDPOINTS = Resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices")
DEFINITION = Resource(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False
)
JOB = Resource("batch", "v1", "Job", "jobs")
LEASE = Resource("coordination.k8s.io", "v1", "Lease", "leases")

RESOURCES: Mapping[str, Resource] = {
    resource.kind: resource
    for resource in (
        MODEL_SERVICE,
        DEPLOYMENT,
        REPLICA_SET,
        CONTROLLER_REVISION,
        POD,
        SERVICE,
        CONFIG_MAP,
        CLAIM,
        EVENT,
        NODE,
        DISRUPTION_BUDGET,
        JOB,
        AUTOSCALER,
        RUNTIME_CLASS,
        STORAGE_CLASS,
        ENDPOINTS,
        LEASE,
    )
}


def resource_of(manifest: Manifest) -> Resource:
    """The resource of a manifest that we rendered; a kind that is not in the table is a programming error."""
    resource = RESOURCES[manifest["kind"]]
    if resource.api_version != manifest["apiVersion"]:
        raise KeyError(f"{manifest['apiVersion']} {manifest['kind']}: the table has {resource.api_version}")
    return resource


def key_of(manifest: Manifest) -> Key:
    """Namespace and name of an object."""
    metadata = manifest["metadata"]
    return Key(metadata.get("namespace", ""), metadata["name"])
