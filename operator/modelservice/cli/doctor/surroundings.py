"""What pods need around them: GPUs that the cluster offers, their RuntimeClass, storage, DNS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from modelservice.cli.cluster import Cluster
from modelservice.cli.doctor.check import Check, Found
from modelservice.engines.accelerator import NAMES, RUNTIME_CLASSES, accelerator
from modelservice.facts import parse_cluster
from modelservice.facts.cluster import NodeFacts
from modelservice.facts.parse_cluster import GPU_PRODUCT_LABEL
from modelservice.kube.resources import ENDPOINTS, NODE, RUNTIME_CLASS, STORAGE_CLASS
from modelservice.observe.volumes import WAIT_FOR_POD

GPU_WORDS = ("gpu", "/mig-", "/gaudi")
DNS = "k8s-app=kube-dns"
DNS_NAMESPACE = "kube-system"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def gpus(cluster: Cluster) -> Iterator[Check]:
    nodes = [node for body in cluster.objects(NODE) if _gpus(node := parse_cluster.node(body))]
    if not nodes:
        fix = "install the device plugin of your GPUs, or set gpu.count to 0 for CPU"
        yield Check("GPUs", Found.WARNING, "no node offers a GPU", fix)
        return
    total: Counter[str] = Counter()
    for node in nodes:
        total.update(_gpus(node))
    told = ", ".join(f"{count} {resource}" for resource, count in sorted(total.items()))
    yield Check("GPUs", Found.OK, f"{told} on {len(nodes)} node{'s' if len(nodes) > 1 else ''}")
    away = [node.name for node in nodes if not (node.ready and node.schedulable)]
    if away:
        fix = "`kubectl describe node` tells why; `kubectl uncordon` lets pods in again"
        yield Check("GPUs", Found.WARNING, f"no pod goes to {', '.join(away)}", fix)
    bare = [node.name for node in nodes if "nvidia.com/gpu" in node.allocatable and not node.gpu_product]
    if bare:
        told = f"{', '.join(bare)} bear no label {GPU_PRODUCT_LABEL}, so gpu.products finds nothing there"
        yield Check("GPU labels", Found.WARNING, told, "install NVIDIA's GPU feature discovery, or label them")


def runtime_class(cluster: Cluster) -> Iterator[Check]:
    present = {body["metadata"]["name"] for body in cluster.objects(RUNTIME_CLASS)}
    offered = {resource for body in cluster.objects(NODE) for resource in _gpus(parse_cluster.node(body))}
    for kind in sorted({accelerator(1, resource) for resource in offered} & RUNTIME_CLASSES.keys()):
        name = RUNTIME_CLASSES[kind]
        if name in present:
            yield Check("RuntimeClass", Found.OK, f"{name} is there, and pods with {NAMES[kind]} GPUs use it")
        else:
            told = f"{name} is not there: pods see {NAMES[kind]} GPUs only if the nodes' default runtime shows them"
            yield Check(
                "RuntimeClass", Found.WARNING, told, f"`kubectl get runtimeclass`; create {name} if they do not"
            )


def storage(cluster: Cluster) -> Iterator[Check]:
    bodies = cluster.objects(STORAGE_CLASS)
    classes = [parse_cluster.storage_class(body) for body in bodies]
    defaults = [one for one in classes if one.default]
    if not classes:
        fix = "install a provisioner, or use cache.claimName with a volume of your own"
        yield Check("storage", Found.WARNING, "no StorageClass is here, so cache.size gets no volume", fix)
    elif not defaults:
        names = ", ".join(one.name for one in classes)
        fix = f"annotate one with {DEFAULT_CLASS}=true, or set cache.storageClassName"
        yield Check("storage", Found.WARNING, f"none of the StorageClasses {names} is the default", fix)
    for one in defaults:
        if one.binding == WAIT_FOR_POD:
            yield Check("storage", Found.OK, f"the default is {one.name}, and it binds where the pod goes")
        else:
            told = f"the default {one.name} binds at once, perhaps where no GPU is"
            fix = f"use a class with volumeBindingMode {WAIT_FOR_POD}, unless its volumes reach every node"
            yield Check("storage", Found.WARNING, told, fix)


def dns(cluster: Cluster) -> Iterator[Check]:
    path = ENDPOINTS.collection(DNS_NAMESPACE)
    asked = cluster.session.request("GET", path, target="the endpoints of DNS", params={"labelSelector": DNS})
    slices = cluster.run(asked).json()["items"]
    answers = [one for part in slices for one in part.get("endpoints") or () if one["conditions"].get("ready")]
    if answers:
        yield Check("DNS", Found.OK, f"{len(answers)} server{'s' if len(answers) > 1 else ''} of the cluster's DNS")
    else:
        told = "the cluster's DNS does not answer, so a service's URL has no address"
        yield Check("DNS", Found.PROBLEM, told, f"`kubectl get pods -n {DNS_NAMESPACE} -l {DNS}` tells why")


def _gpus(node: NodeFacts) -> dict[str, int]:
    offered = node.allocatable.items()
    return {name: count for name, count in offered if count and any(word in name for word in GPU_WORDS)}
