"""Writes, each in the one form that we use: server-side apply for children, a merge patch for status, and deletes
that name the very object they mean.

An object that we have not seen as ours is never touched: `look` says whose it is, and `create` makes a new one or
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modelservice.kube import errors
from modelservice.kube.managed import FIELD_MANAGER, seized
from modelservice.kube.resources import DEPLOYMENT, Key, Manifest, Resource, key_of, resource_of
from modelservice.kube.session import Answer, Session

APPLY = "application/apply-patch+yaml"
"""JSON is YAML, so the body is JSON."""
MERGE = "application/merge-patch+json"
APPLIED = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Strict"}
DRY_RUN = {"dryRun": "All"}
NO_VERSION = "1"
"""The resourceVersion of no object: etcd's first write is its second revision. An apply that names it makes the object
where there is none, and is refused as a conflict where there is one."""


class Verb(StrEnum):
    """What a write did; logs, metrics and tests share these words."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did, and the object as it is now."""

    verb: Verb
    object: Manifest


async def look(session: Session, manifest: Manifest, ours: Callable[[Manifest], bool]) -> Manifest | None:
    """What bears the name of an object that is not in our cache: nothing, or one of ours that the cache has not seen.

    NameTaken is raised if it is not ours. The answer may be a moment late; what is certain is that `create` replaces
    nothing.
    """
    resource, key = resource_of(manifest), key_of(manifest)
    live = await get(session, resource, key, lately=True)
    if live is not None and not ours(live):
        raise errors.NameTaken(resource.describe(key), "it exists and does not belong to this ModelService")
    return live


async def create(session: Session, manifest: Manifest) -> Written:
    """Make an object. If there is one of that name it stays as it is, whoever made it, and Conflict is raised."""
    return await _apply(session, {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": NO_VERSION}})


async def apply(session: Session, manifest: Manifest, *, uid: str, version: str = "") -> Written:
    """Bring the object with this uid to what the manifest says; ours wins on every field in it.

    `version` is the resourceVersion that we last saw, if any: it tells a change from none, and is no condition.
    An object that was replaced meanwhile raises Conflict. What a hand added stays, unless ours is invalid beside it.
    """
    named = {**manifest, "metadata": {**manifest["metadata"], "uid": uid}}
    try:
        return await _apply(session, named, version)
    except errors.Invalid as refusal:
        if not await _seize(session, manifest, refusal):
            raise
    return await _apply(session, named, version)


async def forecast(session: Session, manifest: Manifest, *, uid: str = "") -> Manifest | None:
    """The object as `create`, or `apply` over the one with this uid, would leave it; nothing is written.

    None where a hand's fields would have to be taken over first, which the server judges only when it is done.
    """
    mark = {"uid": uid} if uid else {"resourceVersion": NO_VERSION}
    try:
        return (await _apply(session, {**manifest, "metadata": {**manifest["metadata"], **mark}}, dry_run=True)).object
    except errors.Invalid as refusal:
        if await _disputed(session, manifest, refusal) is None:
            raise
    return None


async def stop(session: Session, deployment: Key, *, uid: str) -> Manifest:
    """Let the Deployment with this uid have no pods, and change nothing else of it."""
    answer = await session.request(
        "PATCH",
        DEPLOYMENT.path(deployment),
        target=DEPLOYMENT.describe(deployment),
        params={"fieldManager": FIELD_MANAGER},
        body={"metadata": {"uid": uid}, "spec": {"replicas": 0}},
        content_type=MERGE,
    )
    return answer.json()


async def _seize(session: Session, manifest: Manifest, refusal: errors.Invalid) -> bool:
    """Take over what others added where ours was refused; False if they added nothing there.

    A port of the same name, or a second kind of source for one volume: server-side apply keeps it, whoever wins.
    """
    metadata = await _disputed(session, manifest, refusal)
    if metadata is None:
        return False
    resource, key = resource_of(manifest), key_of(manifest)
    await session.request(
        "PATCH",
        resource.path(key),
        target=resource.describe(key),
        body={"metadata": metadata},
        content_type=MERGE,
    )
    return True


async def _disputed(session: Session, manifest: Manifest, refusal: errors.Invalid) -> Manifest | None:
    """The metadata that makes ours what others added where this refusal points to; None if they added nothing there."""
    places = {cause.field.partition("[")[0] for cause in refusal.causes if "immutable" not in cause.message}
    live = await get(session, resource_of(manifest), key_of(manifest))
    entries = seized(live, sorted(places)) if live else None
    if live is None or entries is None:
        return None
    return {"resourceVersion": live["metadata"]["resourceVersion"], "managedFields": entries}


async def _apply(session: Session, manifest: Manifest, version: str = "", *, dry_run: bool = False) -> Written:
    resource, key = resource_of(manifest), key_of(manifest)
    answer = await session.request(
        "PATCH",
        resource.path(key),
        target=resource.describe(key),
        params=DRY_RUN | APPLIED if dry_run else APPLIED,
        body=manifest,
        content_type=APPLY,
    )
    written = answer.json()
    return Written(_verb(answer, written, version), written)


def _verb(answer: Answer, written: Manifest, version: str) -> Verb:
    if answer.code == 201:
        return Verb.CREATED
    return Verb.UNCHANGED if written["metadata"]["resourceVersion"] == version else Verb.CONFIGURED


async def patch_status(
    session: Session, resource: Resource, key: Key, *, version: str, before: Manifest, after: Manifest
) -> Written | None:
    """Turn the status from `before` into `after`; nothing is sent when they are equal.

    `version` is the resourceVersion that `before` is of. An object that is no longer so raises Conflict, one that took
    the name since among them: the API server compares no uid on the status of a custom resource.
    """
    change = merge_patch(before, after)
    if not change:
        return None
    answer = await session.request(
        "PATCH",
        resource.path(key, "status"),
        target=resource.describe(key),
        params={"fieldManager": FIELD_MANAGER},
        body={"metadata": {"resourceVersion": version}, "status": change},
        content_type=MERGE,
    )
    return Written(Verb.CONFIGURED, answer.json())


def merge_patch(before: Manifest, after: Manifest) -> Manifest:
    """The JSON merge patch (RFC 7386) from one object to the other; lists are replaced whole."""
    change: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name not in before:
            change[name] = value
        elif isinstance(value, dict) and isinstance(before[name], dict):
            if inner := merge_patch(before[name], value):
                change[name] = inner
        elif value != before[name]:
            change[name] = value
    return change


async def delete(session: Session, resource: Resource, key: Key, *, uid: str, version: str = "") -> Verb:
    """Delete exactly this object; another one of its name is left alone (Conflict), and none is fine (GONE).

    With `version` it must also be as we last saw it. What it owns goes after it, in the background.
    """
    preconditions = {"uid": uid} | ({"resourceVersion": version} if version else {})
    body = {"preconditions": preconditions, "propagationPolicy": "Background"}
    try:
        await session.request("DELETE", resource.path(key), target=resource.describe(key), body=body)
    except errors.NotFound:
        return Verb.GONE
    return Verb.DELETED


async def get(session: Session, resource: Resource, key: Key, *, lately: bool = False) -> Manifest | None:
    """The object as it is now, or nothing; `lately` as the server remembers it, which costs it no look at its store."""
    params = {"resourceVersion": "0"} if lately else {}
    try:
        answer = await session.request("GET", resource.path(key), target=resource.describe(key), params=params)
    except errors.NotFound:
        return None
    return answer.json()
