"""The API server, the CustomResourceDefinition, and the operator with its Lease."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from modelservice import __version__
from modelservice.api.crd import crd
from modelservice.cli.cluster import Cluster
from modelservice.cli.doctor.check import Check, Found
from modelservice.cli.operator_config import LABEL, VERSION
from modelservice.kube.resources import DEFINITION, DEPLOYMENT, Manifest
from modelservice.kube.resources import LEASE as LEASES

OLDEST = 30
"""The minor version of Kubernetes 1."""
LEASE = "modelservice-operator"
INSTALL = "install the chart: docs/install.md"


def api_server(cluster: Cluster) -> Iterator[Check]:
    version = cluster.run(cluster.session.request("GET", "/version", target="the API server's version")).json()
    told = f"Kubernetes {version['gitVersion']}"
    minor = int(re.match(r"\d*", version["minor"])[0] or 0)  # type: ignore[index]
    if version["major"] == "1" and minor < OLDEST:
        yield Check("API server", Found.PROBLEM, f"{told} is too old", f"upgrade to 1.{OLDEST} or later")
    else:
        yield Check("API server", Found.OK, told)


def definition(cluster: Cluster) -> Iterator[Check]:
    ours = crd()
    live = cluster.find(DEFINITION, ours["metadata"]["name"])
    if live is None:
        yield Check("CRD", Found.PROBLEM, "the cluster does not know ModelServices", INSTALL)
        return
    conditions = {one["type"]: one for one in live.get("status", {}).get("conditions", ())}
    if conditions.get("Established", {}).get("status") != "True":
        why = conditions.get("NamesAccepted", {}).get("message", "the API server has not taken it in yet")
        yield Check("CRD", Found.PROBLEM, f"it is not served: {why}", "`kubectl describe crd` tells more")
    elif _schemas(live) != _schemas(ours):
        told = f"it is not that of this command line, {__version__}"
        yield Check("CRD", Found.WARNING, told, "upgrade the chart, or use the command line of the operator's version")
    else:
        yield Check("CRD", Found.OK, f"it is served, as of version {__version__}")


def operator(cluster: Cluster) -> Iterator[Check]:
    found = cluster.objects(DEPLOYMENT, labels=LABEL, everywhere=True)
    if not found:
        yield Check("operator", Found.WARNING, "no release of the chart is here", INSTALL)
    for one in found:
        yield _release(one)
    if len(found) > 1:
        told = f"{len(found)} releases of the chart are here"
        yield Check(
            "operator", Found.WARNING, told, "leave one, or give each namespaces of its own in config.namespaces"
        )


def leader(cluster: Cluster) -> Iterator[Check]:
    leases = cluster.objects(LEASES, fields=f"metadata.name={LEASE}", everywhere=True)
    now = datetime.now(UTC)
    held = [lease for lease in leases if _fresh(lease, now)]
    if held:
        for lease in held:
            yield Check("leader", Found.OK, f"{lease['spec']['holderIdentity']} leads")
    elif leases:
        told = f"the Lease in namespace {leases[0]['metadata']['namespace']} is held by nobody"
        yield Check("leader", Found.PROBLEM, told, "look at the operator's log: `kubectl logs` of its Deployment")
    else:
        yield Check("leader", Found.PROBLEM, "no operator has ever worked here", INSTALL)


def _schemas(definition: Manifest) -> list[Manifest]:
    return [version["schema"]["openAPIV3Schema"] for version in definition["spec"]["versions"]]


def _release(deployment: Manifest) -> Check:
    metadata, status = deployment["metadata"], deployment.get("status", {})
    where = f"{metadata['namespace']}/{metadata['name']}"
    version = metadata["labels"].get(VERSION, "unknown")
    ready, wanted = status.get("readyReplicas", 0), deployment["spec"].get("replicas", 1)
    look = f"`kubectl describe pods -n {metadata['namespace']} -l {LABEL}` tells why"
    if not ready:
        return Check("operator", Found.PROBLEM, f"no replica of {where} is ready", look)
    if ready < wanted:
        return Check("operator", Found.WARNING, f"{ready} of {wanted} replicas of {where} are ready", look)
    if version != __version__:
        told = f"{where} is of version {version}, and this command line of {__version__}"
        return Check("operator", Found.WARNING, told, "use the command line of the operator's version")
    return Check("operator", Found.OK, f"{where} runs, version {version}")


def _fresh(lease: Manifest, now: datetime) -> bool:
    """By this machine's clock, with as much again for a clock that is off."""
    spec = lease.get("spec", {})
    if not spec.get("holderIdentity") or not spec.get("renewTime"):
        return False
    age = (now - datetime.fromisoformat(spec["renewTime"])).total_seconds()
    return bool(abs(age) < 2 * spec.get("leaseDurationSeconds", 15))
