"""Keeps a Service's address answering while its port takes another name.

Endpoints belong to a port by its name. Their slice is written anew a moment after the Service, and for that moment
kube-proxy refuses connections. A slice of our own has them under the new name beforehand, and goes afterwards.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from modelservice.cli.cluster import MANAGER, Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.kube.resources import ENDPOINTS, Manifest
from modelservice.render.container import PORT_NAME

SERVICE_LABEL = "kubernetes.io/service-name"
WRITER_LABEL = "endpointslice.kubernetes.io/managed-by"
WITHIN = 30.0
POLL = 0.2


@contextmanager
def bridge(cluster: Cluster, service: Manifest | None, port: int) -> Iterator[str]:
    """While this port of the Service changes its name; what is yielded says why there is no bridge that is needed."""
    if service is None:
        yield ""
        return
    ports, address = service["spec"]["ports"], service["metadata"]["name"]
    name = next((one.get("name", "") for one in ports if one["port"] == port), PORT_NAME)
    try:
        ours = _made(cluster, address, name)
    except CommandError as error:
        if error.exit_code != Exit.CLUSTER:
            raise
        yield f"you may not make EndpointSlices, so connections may be refused while the Service changes: {error}"
        return
    try:
        yield ""
        if ours:
            _wait(cluster, address)
    finally:
        _remove(cluster, ours)


def _made(cluster: Cluster, address: str, name: str) -> list[Manifest]:
    """Our slices. A run that was interrupted may have left some: they matter once the port has the new name, and then
    they stay until they are needed no more; before that they may be outdated and are made anew."""
    left = _slices(cluster, address, ours=True)
    if name == PORT_NAME:
        return left
    _remove(cluster, left)
    return [cluster.create(_anew(one, name, number)) for number, one in enumerate(_slices(cluster, address))]


def _remove(cluster: Cluster, ours: list[Manifest]) -> None:
    for one in ours:
        cluster.delete(ENDPOINTS, one["metadata"]["name"])


def _slices(cluster: Cluster, service: str, *, ours: bool = False) -> list[Manifest]:
    """Those that the cluster itself writes, or ours."""
    slices = cluster.objects(ENDPOINTS, labels=f"{SERVICE_LABEL}={service}")
    return [one for one in slices if (one["metadata"]["labels"].get(WRITER_LABEL) == MANAGER) is ours]


def _anew(original: Manifest, name: str, number: int) -> Manifest:
    """The endpoints of the port that was called `name`, as those of a port that is called as ours."""
    service = original["metadata"]["labels"][SERVICE_LABEL]
    labels = {SERVICE_LABEL: service, WRITER_LABEL: MANAGER}
    return {
        "apiVersion": ENDPOINTS.api_version,
        "kind": ENDPOINTS.kind,
        "metadata": {"name": f"{service}-adopting-{number}", "labels": labels},
        "addressType": original["addressType"],
        "endpoints": original.get("endpoints") or [],
        "ports": [{**port, "name": PORT_NAME} for port in original.get("ports") or () if port.get("name", "") == name],
    }


def _wait(cluster: Cluster, service: str) -> None:
    """Until the cluster's own slices bear the new name; in the end they will, so this only waits so long."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        ports = [port for one in _slices(cluster, service) for port in one.get("ports") or ()]
        if any(port.get("name") == PORT_NAME for port in ports):
            return
        cluster.run(asyncio.sleep(POLL))
