"""A control plane of the bench's own, what is seen of it by watches, and what its API server has counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from lab.client import Client
from lab.controlplane import ControlPlane
from modelservice.kube import kubeconfig
from modelservice.kube.cache import Cache, Change
from modelservice.kube.informer import Informer
from modelservice.kube.resources import DEPLOYMENT, MODEL_SERVICE, SERVICE, Manifest, Resource
from modelservice.kube.session import Session

CHILD_PLURALS = ("deployments", "services", "controllerrevisions", "configmaps", "modelservices")
WRITES = ("POST", "PUT", "PATCH", "APPLY", "DELETE")
WAITS_UP_TO = 600.0


@dataclass(slots=True)
class Sight:
    """When each ModelService, by name, had its Deployment, its Service and its first status."""

    deployment: dict[str, float] = field(default_factory=dict)
    service: dict[str, float] = field(default_factory=dict)
    status: dict[str, float] = field(default_factory=dict)

    def exists(self, name: str) -> float | None:
        """When its last child was there."""
        if name in self.deployment and name in self.service:
            return max(self.deployment[name], self.service[name])
        return None


class World:
    """One namespace of the bench's control plane, which goes with it."""

    def __init__(self, controlplane: ControlPlane, session: Session, namespace: str) -> None:
        self.controlplane = controlplane
        self.session = session
        self.namespace = namespace
        self.sight = Sight()

    @classmethod
    @asynccontextmanager
    async def open(cls, controlplane: ControlPlane, namespace: str) -> AsyncIterator[World]:
        with Client(controlplane.kubeconfig) as client:
            client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        async with Session(kubeconfig.load([controlplane.kubeconfig])) as session:
            world = cls(controlplane, session, namespace)
            async with world._watching():
                yield world

    async def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAITS_UP_TO
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(0.002)

    async def exists(self, name: str) -> float:
        """When its children were there, once its first status is as well."""
        await self.wait(lambda: self.sight.exists(name) is not None and name in self.sight.status)
        return self.sight.exists(name) or 0.0

    async def written(self) -> float:
        """Writes to children and to ModelServices that the API server has granted, the cluster's own left out."""
        answer = await self.session.request("GET", "/metrics", target="metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            if family.name == "apiserver_request"
            for sample in family.samples
            if sample.name == "apiserver_request_total" and _ours(sample.labels)
        )

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        informers = [
            self._informer(DEPLOYMENT, self.sight.deployment),
            self._informer(SERVICE, self.sight.service),
            self._informer(
                MODEL_SERVICE, self.sight.status, lambda seen: bool(seen.get("status", {}).get("conditions"))
            ),
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(informer.run()) for informer in informers]
            await asyncio.gather(*(informer.synced.wait() for informer in informers))
            yield
            for task in tasks:
                task.cancel()

    def _informer(
        self, resource: Resource, seen: dict[str, float], counts: Callable[[Manifest], bool] = lambda _: True
    ) -> Informer[bool]:
        def on_change(change: Change[bool]) -> None:
            if change.new:
                seen.setdefault(change.key.name, time.perf_counter())

        cache: Cache[bool] = Cache(on_change)
        return Informer(self.session, resource, lambda manifest: counts(manifest), cache, namespaces=[self.namespace])


def _ours(labels: dict[str, str]) -> bool:
    subresource = labels["subresource"]
    if labels["verb"] not in WRITES or labels["resource"] not in CHILD_PLURALS:
        return False
    return not subresource or (labels["resource"] == "modelservices" and subresource == "status")


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel has counted of a process."""

    pid: int

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def busy(self) -> float:
        """Seconds of CPU since it began."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100
