"""A bare client: it does the operator's writes and nothing else, by so many connections, as fast as it can.

It knows all manifests beforehand; it neither watches nor thinks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from model_services import manifest
from modelservice.api.config import OperatorConfig
from modelservice.api.resource import parse
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.kube import apply
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from modelservice.kube.session import Session
from modelservice.render.children import children
from modelservice.render.prepare import prepare

CONNECTIONS = 16
OWNER = {
    "apiVersion": MODEL_SERVICE.api_version,
    "kind": MODEL_SERVICE.kind,
    "controller": True,
    "blockOwnerDeletion": False,
}


async def create(session: Session, namespace: str, name: str) -> Manifest:
    """A new ModelService, as a user makes it."""
    body = {**manifest(name), "metadata": {"name": name, "namespace": namespace}}
    path = MODEL_SERVICE.collection(namespace)
    return (await session.request("POST", path, target=name, body=body)).json()


async def serve(session: Session, body: Manifest, children: Iterable[Manifest], status: Manifest) -> None:
    """What the operator writes for it: all children, in its order, and a status."""
    metadata = body["metadata"]
    for child in children:
        owned = {**child["metadata"], "ownerReferences": [{**OWNER, "name": metadata["name"], "uid": metadata["uid"]}]}
        await apply.create(session, {**child, "metadata": owned})
    key, version = Key(metadata["namespace"], metadata["name"]), metadata["resourceVersion"]
    await apply.patch_status(session, MODEL_SERVICE, key, version=version, before={}, after=status)


def rendered(namespace: str, name: str) -> list[Manifest]:
    """The children, but for the uid of their owner."""
    service = parse({**manifest(name), "metadata": {"name": name, "namespace": namespace}})
    facts = Facts(now=datetime.now(UTC))
    prepared = prepare(service, facts, OperatorConfig())
    assert prepared.candidate
    return children(service, prepared, RolloutFacts(Verdict.TRYING, target=prepared.candidate.name), facts)


async def in_parallel(names: Iterable[str], work: Callable[[str], Awaitable[object]]) -> None:
    """Each name once, by as many workers as there are connections."""
    waiting = iter(tuple(names))

    async def worker() -> None:
        for name in waiting:
            await work(name)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(worker())
