"""Carries out a plan: wave by wave, then what is to go. The first wave with a refusal is the last; what shall stop does
so nevertheless.

Every write that fails is told as an error and, where a person can act on it, as a finding for the status.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.api.status import Child
from modelservice.control.caches import Caches
from modelservice.control.plan import CLAIM, CONTENT_NAMED, Id, Manifest, Plan, Waves, identity, pods_to_stop
from modelservice.facts.facts import Facts
from modelservice.facts.marks import APPLIED_ANNOTATION, MANAGED_BY_LABEL, MANAGER, NAME_LABEL
from modelservice.facts.raw import controller, part
from modelservice.facts.redact import redact
from modelservice.facts.workload import ChildFacts
from modelservice.kube import apply, errors
from modelservice.kube.apply import Verb
from modelservice.kube.managed import ownership
from modelservice.kube.resources import RESOURCES, Key
from modelservice.kube.session import Session

logger = logging.getLogger(__name__)

REASONS: Mapping[type[errors.ApiError], Reason] = {
    errors.Invalid: Reason.REJECTED,
    errors.QuotaExceeded: Reason.QUOTA_EXCEEDED,
    errors.NamespaceTerminating: Reason.TERMINATING,
    errors.Forbidden: Reason.FORBIDDEN,
    errors.NameTaken: Reason.NAME_CONFLICT,
}
"""What the status says of a refusal. The other errors pass by themselves and are not told."""


@dataclass(slots=True)
class Outcome:
    """What came of a plan: the children as they are now, and what went wrong."""

    children: list[Child] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    errors: list[errors.ApiError] = field(default_factory=list)


class Executor:
    """Writes for one operator process."""

    def __init__(self, session: Session, caches: Caches, wrote: Callable[[str, Verb], None]) -> None:
        self._session = session
        self._caches = caches
        self._wrote = wrote

    async def execute(self, plan: Plan, wanted: Sequence[Manifest], service: ModelService, facts: Facts) -> Outcome:
        """LostLease passes through; every other error is in the outcome."""
        outcome = Outcome(problems=[_conflict(child) for child in plan.conflicts])
        records = {(child.kind, child.name): _record(child) for child in plan.kept}
        known = {(child.kind, child.name): child.uid for child in facts.children}
        free = await self._look(plan, known, service, outcome)
        if free == plan.waves or facts.deployment is not None:
            await self._apply_all(free, known, records, outcome)
        if not outcome.errors:
            await self._prune(plan.prune, service, outcome)
        elif facts.deployment is not None and pods_to_stop(service, facts):
            await self._stop(service, facts.deployment.uid, outcome)
        outcome.children = [records[identity(manifest)] for manifest in wanted if identity(manifest) in records]
        return outcome

    async def _look(self, plan: Plan, known: dict[Id, str], service: ModelService, outcome: Outcome) -> Waves:
        """The waves without what bears a taken name; none at all if that cannot be told.

        Nothing is made before this, so that no pod starts for a service that cannot be reached. What is ours though
        the cache has not seen it becomes `known`.
        """
        missing = (manifest for wave in plan.waves for manifest in wave if identity(manifest) not in known)
        absent = [manifest for manifest in missing if manifest["kind"] not in CONTENT_NAMED]
        looks = (apply.look(self._session, manifest, lambda live: _ours(live, service)) for manifest in absent)
        taken: set[Id] = set()
        for manifest, answer in zip(absent, await asyncio.gather(*looks, return_exceptions=True), strict=True):
            if isinstance(answer, BaseException):
                _note(answer, outcome)
                taken.add(identity(manifest))
            elif answer is not None:
                known[identity(manifest)] = answer["metadata"]["uid"]
        if any(not isinstance(error, errors.NameTaken) for error in outcome.errors):
            return ()
        return tuple(tuple(m for m in wave if identity(m) not in taken) for wave in plan.waves)

    async def _apply_all(self, waves: Waves, known: dict[Id, str], records: dict[Id, Child], outcome: Outcome) -> None:
        before = len(outcome.errors)
        for wave in waves:
            writes = (self._apply(manifest, known.get(identity(manifest))) for manifest in wave)
            for answer in await asyncio.gather(*writes, return_exceptions=True):
                if isinstance(answer, BaseException):
                    _note(answer, outcome)
                else:
                    records[answer.kind, answer.name] = answer
            if len(outcome.errors) > before:
                return

    async def _apply(self, manifest: Manifest, uid: str | None) -> Child:
        if uid is None:
            written = await apply.create(self._session, manifest)
        else:
            written = await apply.apply(self._session, manifest, uid=uid)
        self._caches.wrote(written.object)
        self._wrote(manifest["kind"], written.verb)
        logger.info("%s %s %s", written.verb, manifest["kind"], manifest["metadata"]["name"])
        owned = ownership(written.object)
        return Child(
            kind=manifest["kind"],
            name=manifest["metadata"]["name"],
            digest=manifest["metadata"]["annotations"][APPLIED_ANNOTATION],
            fields=owned.digest,
            others=list(owned.added),
        )

    async def _stop(self, service: ModelService, uid: str, outcome: Outcome) -> None:
        key = Key(service.metadata.namespace, service.metadata.name)
        try:
            self._caches.wrote(await apply.stop(self._session, key, uid=uid))
        except errors.ApiError as error:
            _note(error, outcome)
        else:
            logger.info("stopped Deployment %s", key.name)

    async def _prune(self, children: Sequence[ChildFacts], service: ModelService, outcome: Outcome) -> None:
        for child in children:
            key = Key(service.metadata.namespace, child.name)
            try:
                verb = await apply.delete(self._session, RESOURCES[child.kind], key, uid=child.uid)
            except errors.ApiError as error:
                _note(error, outcome)
                continue
            self._wrote(child.kind, verb)
            logger.info("%s %s %s", verb, child.kind, child.name)


def _ours(live: Manifest, service: ModelService) -> bool:
    """By controller reference; a claim by its labels, since a retained one has no owner."""
    labels = part(live, "metadata", "labels")
    labelled = labels.get(MANAGED_BY_LABEL) == MANAGER and labels.get(NAME_LABEL) == service.metadata.name
    if live["kind"] == CLAIM:
        return labelled
    return labelled and controller(live["metadata"]) == service.metadata.uid


def _record(child: ChildFacts) -> Child:
    others = list(child.others)
    return Child(kind=child.kind, name=child.name, digest=child.applied, fields=child.fields, others=others)


def _note(error: BaseException, outcome: Outcome) -> None:
    if not isinstance(error, errors.ApiError) or isinstance(error, errors.LostLease):
        raise error
    outcome.errors.append(error)
    reason = next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), None)
    if reason is not None:
        outcome.problems.append(Finding(reason, "", redact(str(error))))


def _conflict(child: ChildFacts) -> Finding:
    what = f"{child.kind} {child.name}"
    return Finding(
        Reason.NAME_CONFLICT,
        "metadata.name",
        f"{what} exists and does not belong to this ModelService: delete it, or choose another name.",
    )
