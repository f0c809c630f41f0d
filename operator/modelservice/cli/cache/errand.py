"""A pod that does one thing on a claim and goes: the loader with another command."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.facts.marks import COMPONENT_LABEL
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.facts.raw import items, part
from modelservice.kube.resources import POD, Key, Manifest
from modelservice.kube.session import Stream
from modelservice.render.configmaps import CA_KEY
from modelservice.render.env import CA_VARIABLES
from modelservice.render.paths import CA_FILE
from modelservice.render.security import container_security

COMPONENT = "cache"
CONTAINER = "loader"
MOUNT = "/cache"
LOOK_AGAIN = 1.0
SILENCE = 30.0
HOSTNAME = "kubernetes.io/hostname"
STUCK = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"})
"""What does not pass while somebody waits at a terminal."""


@dataclass(frozen=True, slots=True)
class Errand:
    """`words` are the loader's command line, whose cache is at MOUNT; `within` is in seconds.

    The keys of `secret` are environment variables of the pod; `certificates` is what it trusts, if not its image's own.
    """

    image: str
    claim: str
    words: Sequence[str]
    read_only: bool = False
    env: Sequence[Mapping[str, Any]] = ()
    within: float = 300
    secret: str = ""
    certificates: str = ""


def run(cluster: Cluster, errand: Errand, heard: Callable[[str], None] = lambda _: None) -> str:
    """All that it printed. `heard` is called with the log so far, now and then. The pod is gone afterwards."""
    name = f"modelservice-cache-{uuid.uuid4().hex[:8]}"
    made = cluster.create(manifest(name, errand, beside(cluster.objects(POD), errand.claim)))
    try:
        if errand.certificates:
            cluster.create(_trusted(made, errand.certificates))
        return _ended(cluster, name, errand, heard)
    finally:
        with contextlib.suppress(CommandError):
            cluster.delete(POD, name)


def _ended(cluster: Cluster, name: str, errand: Errand, heard: Callable[[str], None]) -> str:
    deadline = time.monotonic() + errand.within
    while time.monotonic() < deadline:
        pod = facts_of(cluster.get(POD, name))
        if pod.phase in ("Succeeded", "Failed"):
            return cluster.run(_log(cluster, name))
        stuck = next((one for one in pod.containers if one.reason in STUCK), None)
        if stuck:
            hint = "the operator's configuration names the loader's image (`loader.image`), or --image does"
            raise CommandError(f"pod {name} does not start: {stuck.reason} {stuck.message}", hint)
        if pod.phase == "Running":
            heard(cluster.run(_log(cluster, name)))
        time.sleep(LOOK_AGAIN)
    raise CommandError(
        f"pod {name} did not end in {errand.within:.0f} s", _why(pod.unschedulable_message), Exit.TIMED_OUT
    )


def _why(message: str) -> str:
    return f"the scheduler says: {message}" if message else "a claim on one node can be in use there: see its pods"


async def _log(cluster: Cluster, name: str) -> str:
    path, target = POD.path(Key(cluster.namespace, name), "log"), f"the log of {name}"
    async with cluster.session.stream(path, target=target, params={"container": CONTAINER}, silence=SILENCE) as stream:
        chunks = [chunk async for chunk in _chunks(stream)]
    return b"".join(chunks).decode(errors="replace")


async def _chunks(stream: Stream) -> AsyncIterator[bytes]:
    while chunk := await stream.read():
        yield chunk


def manifest(name: str, errand: Errand, user: Manifest | None) -> Manifest:
    """On the node and as the user of a pod that has the claim, if there is one: elsewhere it might not be mounted."""
    at = part(user or {}, "spec")
    node = at.get("nodeName")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {COMPONENT_LABEL: COMPONENT}},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": int(errand.within),
            "terminationGracePeriodSeconds": 0,
            "enableServiceLinks": False,
            "automountServiceAccountToken": False,
            "tolerations": [{"operator": "Exists"}],
            **({"nodeSelector": {HOSTNAME: node}} if node else {}),
            "imagePullSecrets": list(items(at, "imagePullSecrets")),
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}, **_as_user(at)},
            "containers": [_container(errand)],
            "volumes": [
                {"name": "cache", "persistentVolumeClaim": {"claimName": errand.claim}},
                *([{"name": "ca", "configMap": {"name": name}}] if errand.certificates else []),
            ],
        },
    }


def _trusted(pod: Manifest, certificates: str) -> Manifest:
    """What the pod waits for and takes with it: it goes when the pod does, whatever becomes of us."""
    name = pod["metadata"]["name"]
    owner = {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": pod["metadata"]["uid"]}
    metadata = {"name": name, "labels": {COMPONENT_LABEL: COMPONENT}, "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {CA_KEY: certificates}}


def _container(errand: Errand) -> Manifest:
    trust = dict.fromkeys(CA_VARIABLES, CA_FILE) if errand.certificates else {}
    mounts: list[Manifest] = [{"name": "cache", "mountPath": MOUNT, "readOnly": errand.read_only}]
    if errand.certificates:
        mounts.append({"name": "ca", "mountPath": CA_FILE, "subPath": CA_KEY, "readOnly": True})
    return {
        "name": CONTAINER,
        "image": errand.image,
        "command": ["python", "-m", "loader"],
        "args": list(errand.words),
        **({"envFrom": [{"secretRef": {"name": errand.secret}}]} if errand.secret else {}),
        "env": [
            {"name": "HOME", "value": "/tmp"},
            *({"name": variable, "value": path} for variable, path in trust.items()),
            *map(dict, errand.env),
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": container_security(),
        "volumeMounts": mounts,
    }


def _as_user(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Root where no pod says another: so is the loader of a pod that says nothing."""
    said = part(spec, "securityContext")
    known = {key: said[key] for key in ("runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup") if key in said}
    return known if {"runAsUser", "runAsNonRoot"} & known.keys() else {**known, "runAsUser": 0}


def beside(pods: Sequence[Manifest], claim: str) -> Manifest | None:
    """A pod that has the claim mounted now."""
    return next((pod for pod in pods if claim in _claims(pod) and facts_of(pod).phase == "Running"), None)


def _claims(pod: Manifest) -> Iterator[str]:
    for volume in items(part(pod, "spec"), "volumes"):
        yield str(part(volume, "persistentVolumeClaim").get("claimName", ""))
