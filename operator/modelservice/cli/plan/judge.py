"""Each child as the API server would store it: every one is applied as a dry run, as the operator applies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.cli.plan.differences import Difference, differences, within
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.cli.plan.restarts import Restart, restart
from modelservice.control.execute import REASONS
from modelservice.control.plan import Id, Plan, identity, pods_to_stop
from modelservice.facts.facts import Facts
from modelservice.facts.marks import APPLIED_ANNOTATION
from modelservice.kube import apply, errors
from modelservice.kube.resources import DEPLOYMENT, JOB, POD, RESOURCES, Key, Manifest, key_of, resource_of
from modelservice.kube.session import Session

MAKERS = (DEPLOYMENT.kind, JOB.kind)


class Does(StrEnum):
    """What would be done to a child."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """A child that would not stay as it is. `digest` is of what would be applied, as the child would bear it."""

    kind: str
    name: str
    does: Does
    fields: tuple[Difference, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What would become of the children, and whether the pods of the Deployment restart."""

    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()
    again: Restart | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """Of one child."""

    change: Change | None = None
    remark: Remark | None = None
    again: Restart | None = None

    @property
    def refusal(self) -> str | None:
        """In a word, if the server refuses it."""
        return self.remark.reason if self.remark and self.remark.severity is Severity.ERROR else None


async def judge(session: Session, todo: Plan, service: ModelService, facts: Facts) -> Judged:
    """All that the plan would do, as far as the server lets it; where it does not, whether pods stop nevertheless."""
    known: Mapping[Id, str] = {(child.kind, child.name): child.uid for child in facts.children}
    waves = [
        await asyncio.gather(*(_judged(session, one, known.get(identity(one), "")) for one in wave))
        for wave in todo.waves
    ]
    answers = [answer for wave in waves for answer in wave]
    done = _done(waves, facts)
    changes = [answer.change for answer in done if answer.change]
    if any(answer.refusal for answer in answers):
        changes += _stopped(service, facts, changes)
    gone = [Change(child.kind, child.name, Does.DELETE) for child in todo.prune if done == answers]
    return Judged(
        changes=(*changes, *gone),
        remarks=tuple(dict.fromkeys(answer.remark for answer in answers if answer.remark)),
        again=next((answer.again for answer in done if answer.again), None),
    )


def _done(waves: Sequence[Sequence[_Answer]], facts: Facts) -> list[_Answer]:
    """Those of the children that the operator would come to, as its executor does: the first wave with a refusal is the
    last, and a service whose name is taken is not begun."""
    if facts.deployment is None and any(answer.refusal is Reason.NAME_CONFLICT for wave in waves for answer in wave):
        return []
    refused = [any(answer.refusal not in (None, Reason.NAME_CONFLICT) for answer in wave) for wave in waves]
    last = refused.index(True) if True in refused else len(waves)
    return [answer for wave in waves[: last + 1] for answer in wave]


def _stopped(service: ModelService, facts: Facts, changes: Sequence[Change]) -> list[Change]:
    """What the executor does to a Deployment that it may not apply and that shall have no pods."""
    running = pods_to_stop(service, facts)
    if not running or any(change.kind == DEPLOYMENT.kind for change in changes):
        return []
    fields = (Difference("spec.replicas", running, 0),)
    children = [child for child in facts.children if child.kind == DEPLOYMENT.kind]
    return [Change(child.kind, child.name, Does.CHANGE, fields, child.applied) for child in children]


async def judge_pod(session: Session, namespace: str, template: Manifest, name: str) -> Remark | None:
    """What admission says of a pod of this template: limits, policies, what it names that is not there."""
    metadata = {**template["metadata"], "generateName": f"{name}-", "namespace": namespace}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    target, path = f"a pod of {name}", POD.collection(namespace)
    try:
        await session.request("POST", path, target=target, params={"dryRun": "All"}, body=body)
    except (errors.Invalid, errors.Forbidden) as refusal:
        if _no_right(refusal):
            return None
        told = f"pods would be refused: {refusal.message}"
        return Remark(Severity.WARNING, told, reason=REASONS.get(type(refusal), Reason.POD_REFUSED))
    return None


async def _judged(session: Session, manifest: Manifest, uid: str) -> _Answer:
    kind, key = manifest["kind"], key_of(manifest)
    live = await _live(session, key, kind) if uid else None
    remark, stored = None, None
    try:
        stored = await apply.forecast(session, manifest, uid=uid)
    except (errors.Invalid, errors.Forbidden, errors.Conflict) as refusal:
        if not _no_right(refusal):
            return _Answer(remark=_refused(resource_of(manifest).describe(key), refusal))
        remark = _not_asked(kind)
    after = stored or within(manifest, live or {})
    digest = manifest["metadata"]["annotations"][APPLIED_ANNOTATION]
    change = Change(
        kind, key.name, Does.CHANGE if uid else Does.CREATE, differences(live, after) if live else (), digest
    )
    return _Answer(change, remark, restart(live, after) if live and kind == DEPLOYMENT.kind else None)


async def _live(session: Session, key: Key, kind: str) -> Manifest | None:
    try:
        return await apply.get(session, RESOURCES[kind], key)
    except errors.Forbidden:
        return None


def _no_right(refusal: errors.ApiError) -> bool:
    """RBAC says no to the user; an admission plugin would say no to the operator too."""
    return type(refusal) is errors.Forbidden and " cannot " in refusal.message


def _refused(what: str, refusal: errors.ApiError) -> Remark:
    reason = REASONS.get(type(refusal), Reason.NAME_CONFLICT)
    return Remark(Severity.ERROR, f"{what}: {refusal.message}", reason=reason)


def _not_asked(kind: str) -> Remark:
    plural = RESOURCES[kind].plural
    return Remark(Severity.NOTE, f"you may not patch {plural}, so the API server was not asked to judge them")


def template_of(wanted: Sequence[Manifest]) -> Manifest:
    """What pods would be made from: the Deployment's, or the Job's that comes before the first Deployment."""
    made = {manifest["kind"]: manifest["spec"]["template"] for manifest in wanted if manifest["kind"] in MAKERS}
    template: Manifest = next(made[kind] for kind in MAKERS if kind in made)
    return template
