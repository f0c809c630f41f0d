"""Everything that is known of the cluster besides ModelServices, kept true by informers.

Children are followed by our label; claims all of them, since users bring their own; nodes, RuntimeClasses,
StorageClasses and autoscalers where we may look. What we wrote ourselves is in a cache at once, and wakes nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from modelservice.control.seen import Seen, StoredRevision, seeing
from modelservice.facts import parse_cluster, parse_pods, parse_workload
from modelservice.facts.cluster import NodeFacts, StorageClassFacts
from modelservice.facts.marks import MANAGED_BY_LABEL, MANAGER
from modelservice.facts.pods import PodFacts
from modelservice.facts.raw import part, text
from modelservice.facts.workload import ReplicaSetFacts
from modelservice.kube import errors, resources
from modelservice.kube.cache import Cache, Change
from modelservice.kube.informer import Informer, InformerMetrics
from modelservice.kube.resources import Key, Manifest, Resource, key_of
from modelservice.kube.session import Session

T = TypeVar("T")

logger = logging.getLogger(__name__)

OURS = f"{MANAGED_BY_LABEL}={MANAGER}"
ASK_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class ChildKind:
    """A kind of child: what is kept of it besides what is kept of all, and which objects are followed."""

    resource: Resource
    facts: Callable[[Manifest], object] = lambda _: None
    labels: str = OURS


CHILDREN: Mapping[str, ChildKind] = {
    kind.resource.kind: kind
    for kind in (
        ChildKind(resources.DEPLOYMENT, parse_workload.deployment),
        ChildKind(resources.SERVICE),
        ChildKind(resources.CONFIG_MAP),
        ChildKind(resources.CONTROLLER_REVISION, StoredRevision.of),
        ChildKind(resources.DISRUPTION_BUDGET),
        ChildKind(resources.JOB, parse_workload.job),
        ChildKind(resources.CLAIM, parse_workload.claim, labels=""),
    )
}


class Newest(Cache[Seen[T]]):
    """Ignores what is older than what it has, and finds objects by the ModelService on their label."""

    def __init__(self, on_change: Callable[[Change[Seen[T]]], None]) -> None:
        super().__init__(on_change, _service)

    def put(self, key: Key, value: Seen[T]) -> None:
        known = self.get(key)
        if known is None or known.version <= value.version:
            super().put(key, value)


class Caches:
    """`run` them in a task, and wait for `synced`; or `look` once.

    `changed` is told the ModelService that a change is about, and `around` the namespace of a claim that any
    ModelService in it may use.
    """

    def __init__(
        self,
        session: Session,
        changed: Callable[[Key], None],
        around: Callable[[str], None],
        *,
        namespaces: Sequence[str] = (),
        metrics: InformerMetrics | None = None,
    ) -> None:
        self.children: Mapping[str, Newest[Any]] = {kind: Newest(self._told) for kind in CHILDREN}
        self.replica_sets: Newest[ReplicaSetFacts] = Newest(self._told)
        self.pods: Newest[PodFacts] = Newest(self._told)
        self.autoscalers: Cache[str] = Cache(self._told_of_autoscaler, lambda key, name: Key(key.namespace, name))
        self.nodes: Cache[NodeFacts] | None = None
        self.runtime_classes: Cache[str] | None = None
        self.storage_classes: Cache[StorageClassFacts] | None = None
        self.minor: int | None = None
        self._session = session
        self._changed = changed
        self._around = around
        self._namespaces = namespaces
        self._metrics = metrics
        self._silent = False
        self._informers: list[Informer[Any]] = []
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Follow the cluster until cancelled."""
        await self._choose()
        async with asyncio.TaskGroup() as group:
            for informer in self._informers:
                group.create_task(informer.run())
            await asyncio.gather(*(informer.synced.wait() for informer in self._informers))
            self._ready.set()

    async def look(self) -> None:
        """Fill everything with what there is now, and follow nothing; a refusal is raised."""
        await self._choose()
        await asyncio.gather(*(informer.look() for informer in self._informers))

    async def synced(self) -> None:
        """Return once every cache holds all that there was at the start."""
        await self._ready.wait()

    @property
    def whole(self) -> bool:
        return self._ready.is_set()

    @property
    def trouble(self) -> str:
        """Why what we know may be out of date; empty while all is well."""
        return next((informer.trouble for informer in self._informers if informer.trouble), "")

    def wrote(self, manifest: Manifest) -> None:
        """This is a child as the server answered our write; whoever wrote knows already."""
        kind = manifest["kind"]
        self._silent = True
        try:
            self.children[kind].put(key_of(manifest), seeing(CHILDREN[kind].facts)(manifest))
        finally:
            self._silent = False

    async def _choose(self) -> None:
        """What there is to know of: what is ours always, what is the cluster's where we may look."""
        for name, kind in CHILDREN.items():
            self._follow(kind.resource, seeing(kind.facts), self.children[name], kind.labels)
        self._follow(resources.REPLICA_SET, seeing(parse_workload.replica_set), self.replica_sets, OURS)
        self._follow(resources.POD, seeing(parse_pods.pod), self.pods, OURS)
        await self._follow_where_allowed()
        self.minor = await self._version()

    async def _version(self) -> int | None:
        """Everybody may ask, unless somebody has taken that away; one that does not answer is asked until it does."""
        while True:
            try:
                answer = await self._session.request("GET", "/version", target="the API server's version")
                return parse_cluster.minor(answer.json())
            except errors.Forbidden as refusal:
                logger.info("going without the API server's version: %s", refusal)
                return None
            except errors.ApiError as error:
                logger.warning("asking again: %s", error)
                await asyncio.sleep(ASK_AGAIN)

    def _follow(
        self, resource: Resource, project: Callable[[Manifest], T | None], cache: Cache[T], labels: str = ""
    ) -> None:
        namespaces = self._namespaces if resource.namespaced else ()
        self._informers.append(
            Informer(
                self._session, resource, project, cache, namespaces=namespaces, labels=labels, metrics=self._metrics
            )
        )

    async def _follow_where_allowed(self) -> None:
        if await self._allowed(resources.AUTOSCALER):
            self._follow(resources.AUTOSCALER, _scaled_deployment, self.autoscalers)
        if await self._allowed(resources.NODE):
            self.nodes = Cache()
            self._follow(resources.NODE, parse_cluster.node, self.nodes)
        if await self._allowed(resources.RUNTIME_CLASS):
            self.runtime_classes = Cache()
            self._follow(resources.RUNTIME_CLASS, parse_cluster.runtime_class, self.runtime_classes)
        if await self._allowed(resources.STORAGE_CLASS):
            self.storage_classes = Cache()
            self._follow(resources.STORAGE_CLASS, parse_cluster.storage_class, self.storage_classes)

    async def _allowed(self, resource: Resource) -> bool:
        """Whether we may list this; an API server that does not answer is asked until it does."""
        namespace = self._namespaces[0] if self._namespaces and resource.namespaced else None
        while True:
            try:
                path = resource.collection(namespace)
                await self._session.request("GET", path, target=resource.plural, params={"limit": "1"})
                return True
            except (errors.Forbidden, errors.NotServed) as refusal:
                logger.info("going without %s: %s", resource.plural, refusal)
                return False
            except errors.ApiError as error:
                logger.warning("asking again: %s", error)
                await asyncio.sleep(ASK_AGAIN)

    def _told(self, change: Change[Seen[Any]]) -> None:
        if self._silent:
            return
        services = {seen.service for seen in (change.old, change.new) if seen}
        for service in services - {""}:
            self._changed(Key(change.key.namespace, service))
        if "" in services:
            self._around(change.key.namespace)

    def _told_of_autoscaler(self, change: Change[str]) -> None:
        for name in {change.old, change.new} - {None}:
            self._changed(Key(change.key.namespace, str(name)))


def _service(key: Key, seen: Seen[Any]) -> Key | None:
    return Key(key.namespace, seen.service) if seen.service else None


def _scaled_deployment(manifest: Manifest) -> str | None:
    """The Deployment that an autoscaler points at, past its ModelService; another target is none of our business."""
    target = part(manifest, "spec", "scaleTargetRef")
    return text(target, "name") if text(target, "kind") == "Deployment" else None
