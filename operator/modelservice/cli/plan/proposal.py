"""A ModelService as it would be stored if `kubectl apply` sent this file now.

kubectl sends what changed since the file was last applied, and so does this, as a dry run: the API server fills in
defaults, asks the CRD's rules and every admission webhook, and stores nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from modelservice.api.admission import refusals
from modelservice.api.reasons import Reason
from modelservice.cli.plan.differences import LAST_APPLIED
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.kube import apply, errors
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from modelservice.kube.session import Session

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
STRICT = {"dryRun": "All", "fieldValidation": "Strict"}
NO_UID = "00000000-0000-0000-0000-000000000000"
"""Of a ModelService that nobody has made yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`live` is what there is, `stored` what there would be: None when it was refused, as the remarks say."""

    live: Manifest | None
    stored: Manifest | None
    remarks: tuple[Remark, ...] = ()


async def propose(session: Session, key: Key, body: Manifest) -> Proposal:
    """What becomes of this file."""
    live = await apply.get(session, MODEL_SERVICE, key)
    verb = "create" if live is None else "patch"
    if not await _may(session, key.namespace, verb):
        return Proposal(live, _guess(key, live, body), (_no_right(key, verb),))
    try:
        return Proposal(live, await _stored(session, key, live, body))
    except (errors.Invalid, errors.Forbidden, errors.Conflict) as refusal:
        message = refusal.message.removeprefix(f'{MODEL_SERVICE.kind}.modelservice.io "{key.name}" is invalid: ')
        return Proposal(live, None, (Remark(Severity.ERROR, message, reason=Reason.REJECTED),))


def change(live: Manifest, body: Manifest) -> Manifest:
    """kubectl's three-way patch: what this file says, and null for what it said last time and says no more."""
    said = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    before: Manifest = json.loads(said) if said else {}
    sent = _sent(live, body)
    return _merged(_removals(before, sent), _additions(live, sent))


def _sent(live: Manifest, body: Manifest) -> Manifest:
    """The file as kubectl sends it: with a namespace, and with annotations, of which its own mark is one.

    A file that names neither therefore takes neither away, and what others annotated stays.
    """
    metadata = body["metadata"]
    filled = {"namespace": live["metadata"].get("namespace"), "annotations": metadata.get("annotations") or {}}
    return {**body, "metadata": {**metadata, **filled}}


async def _stored(session: Session, key: Key, live: Manifest | None, body: Manifest) -> Manifest:
    target = MODEL_SERVICE.describe(key)
    if live is None:
        path = MODEL_SERVICE.collection(key.namespace)
        return (await session.request("POST", path, target=target, params=STRICT, body=body)).json()
    answer = await session.request(
        "PATCH",
        MODEL_SERVICE.path(key),
        target=target,
        params=STRICT,
        body=change(live, body),
        content_type=apply.MERGE,
    )
    return answer.json()


async def _may(session: Session, namespace: str, verb: str) -> bool:
    """Whether the user has this right on ModelServices."""
    attributes = {
        "namespace": namespace,
        "verb": verb,
        "group": MODEL_SERVICE.group,
        "resource": MODEL_SERVICE.plural,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = (await session.request("POST", REVIEWS, target="your rights", body=review)).json()
    return bool(answer["status"]["allowed"])


def _no_right(key: Key, verb: str) -> Remark:
    message = f"you may not {verb} modelservices in namespace {key.namespace}: ask whoever runs the cluster"
    return Remark(Severity.ERROR, message, reason=Reason.FORBIDDEN)


def _guess(key: Key, live: Manifest | None, body: Manifest) -> Manifest | None:
    """The same without asking the server; None for what the CRD would refuse."""
    patched = _patched(live, change(live, body)) if live else {**body, "metadata": {**body["metadata"], "uid": NO_UID}}
    whole = {**patched, "metadata": {**patched["metadata"], "namespace": key.namespace}}
    return None if refusals(whole) else whole


def _removals(before: Manifest, after: Manifest) -> Manifest:
    """null for each field that is gone."""
    gone: Manifest = {}
    for name, value in before.items():
        if name not in after:
            gone[name] = None
        elif isinstance(value, dict) and isinstance(after[name], dict) and (below := _removals(value, after[name])):
            gone[name] = below
    return gone


def _additions(live: Manifest, body: Manifest) -> Manifest:
    """What the file says and the live object does not."""
    patch = apply.merge_patch(live, body)
    return _without_nulls(patch)


def _without_nulls(patch: Manifest) -> Manifest:
    kept: Manifest = {}
    for name, value in patch.items():
        if isinstance(value, dict):
            if (below := _without_nulls(value)) or not value:
                kept[name] = below
        elif value is not None:
            kept[name] = value
    return kept


def _merged(one: Manifest, other: Manifest) -> Manifest:
    merged = dict(one)
    for name, value in other.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _patched(old: Manifest, patch: Manifest) -> Manifest:
    result = dict(old)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            below = result.get(name)
            result[name] = _patched(below if isinstance(below, dict) else {}, value)
        else:
            result[name] = value
    return result
