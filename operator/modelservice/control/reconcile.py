"""One pass over one ModelService: look at what is, decide, bring the children there, say so in the status.

A pass may run at any time and any number of times. It remembers nothing, and says when to look again though nothing
was heard.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import Metadata, ModelService
from modelservice.api.spec import ModelServiceSpec
from modelservice.api.status import Status
from modelservice.control import rollout
from modelservice.control.announce import announcements
from modelservice.control.caches import Caches
from modelservice.control.describe import Describe, question
from modelservice.control.evidence import Evidence, next_question
from modelservice.control.execute import Executor
from modelservice.control.gather import gather, pods_of
from modelservice.control.intend import intend
from modelservice.control.plan import Plan, identity
from modelservice.control.services import Services
from modelservice.control.uses import awaits_pruning, next_look, uses
from modelservice.facts.facts import Facts
from modelservice.kube import apply, errors
from modelservice.kube.events import About, EventRecorder
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from modelservice.kube.session import Session
from modelservice.observe.capabilities import capabilities
from modelservice.observe.seen import Seen
from modelservice.observe.status import observe
from modelservice.observe.unreadable import unreadable

logger = logging.getLogger(__name__)

NO_SPEC = ModelServiceSpec()


@dataclass(frozen=True, slots=True)
class Result:
    """How a pass went, and when time alone will make another one worthwhile."""

    failures: tuple[errors.ApiError, ...] = ()
    again: datetime | None = None


class Reconciler:
    """Passes for one operator process. Several may run at once, never two over the same ModelService."""

    def __init__(
        self,
        session: Session,
        services: Services,
        caches: Caches,
        evidence: Evidence,
        describe: Describe,
        events: EventRecorder,
        executor: Executor,
        config: OperatorConfig,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._services = services
        self._caches = caches
        self._evidence = evidence
        self._describe = describe
        self._events = events
        self._executor = executor
        self._config = config
        self._now = now

    async def reconcile(self, key: Key) -> Result:
        """One pass. What the API server refuses of the children is in the result."""
        body = self._services.get(key)
        if body is None or "deletionTimestamp" in body["metadata"]:
            self._describe.forget(key)
            self._evidence.forget(key)
            return Result()
        service = ModelService(metadata=Metadata.model_validate(body["metadata"]), spec=NO_SPEC, status=_status(body))
        try:
            spec = ModelServiceSpec.model_validate(body.get("spec") or {})
        except ValidationError as error:
            return await self._unreadable(service, body, error)
        return await self._readable(service.model_copy(update={"spec": spec}), body)

    async def _readable(self, service: ModelService, body: Manifest) -> Result:
        facts = self._facts(service)
        unread_until = self._evidence.unread(_key(service), facts.now)
        intent = intend(service, facts, self._config)
        prepared, decision, wanted, todo = intent.prepared, intent.rollout, intent.wanted, intent.todo
        if _remade(todo, facts, service) and not await self._exists(service):
            return Result()
        if todo.empty and unread_until:
            return Result(again=unread_until)  # a restart neither forgets a cause nor writes one twice
        outcome = await self._executor.execute(todo, wanted, service, facts)
        if not todo.empty:
            facts = self._facts(service)
        seen = Seen(
            service=service.model_copy(update={"spec": prepared.spec}),
            facts=facts,
            findings=prepared.findings,
            problems=tuple(outcome.problems),
            rollout=decision,
            config=self._config,
            wanted=rollout.wanted_replicas(prepared.spec),
            gpus=prepared.gpus,
        )
        launch, status = prepared.launch, service.status
        described = self._describe.look(_key(service), question(status, facts.pods, launch))
        offers = capabilities(status.capabilities, decision.current or "", launch, described)
        path = launch.open_ai_path if launch else None
        observed = observe(seen, path, outcome.children if wanted else status.children, offers)
        await self._write(service, body, observed.status)
        again = (
            observed.again,
            rollout.next_deadline(decision, prepared, facts),
            next_question(facts.pods, facts.now),
            next_look(service, facts, self._config),
        )
        return Result(tuple(outcome.errors), min((time for time in again if time), default=None))

    async def _unreadable(self, service: ModelService, body: Manifest, error: ValidationError) -> Result:
        """What runs is left alone, and told of."""
        seen = unreadable(service.metadata, service.status, self._facts(service), _sentence(error), self._config)
        observed = observe(seen, None, service.status.children, service.status.capabilities)
        await self._write(service, body, observed.status)
        return Result(again=observed.again)

    def _facts(self, service: ModelService) -> Facts:
        key, now = _key(service), self._now()
        answers = self._evidence.look(key, pods_of(key, self._caches), now)
        facts = gather(service, self._caches, self._config, answers, now)
        if facts.claim is None or not awaits_pruning(service, facts, self._config):
            return facts
        used = uses(key.namespace, facts.claim.name, self._services, self._caches, self._config)
        return replace(facts, uses=used)

    async def _exists(self, service: ModelService) -> bool:
        """A child that vanished may have gone with its ModelService, of which we hear on another watch."""
        key, uid = _key(service), service.metadata.uid
        live = await apply.get(self._session, MODEL_SERVICE, key)
        if live is not None and live["metadata"]["uid"] == uid and "deletionTimestamp" not in live["metadata"]:
            return True
        self._services.drop(key, uid)
        return False

    async def _write(self, service: ModelService, body: Manifest, status: Status) -> None:
        """The status, if it is another, and what it is worth telling."""
        metadata = body["metadata"]
        key = Key(metadata["namespace"], metadata["name"])
        before, after = body.get("status") or {}, status.manifest()
        written = await apply.patch_status(
            self._session, MODEL_SERVICE, key, version=metadata["resourceVersion"], before=before, after=after
        )
        if written is None:
            return
        self._services.put(written.object)
        about = About(MODEL_SERVICE, key, metadata["uid"])
        for told in announcements(service.status, status):
            self._events.record(about, told.type, told.reason, told.message)
        logger.info("status: %s: %s", status.phase, status.message)


def _key(service: ModelService) -> Key:
    return Key(service.metadata.namespace, service.metadata.name)


def _status(body: Manifest) -> Status:
    """What was written before; what an operator of another version wrote and we cannot read is written anew."""
    try:
        return Status.model_validate(body.get("status") or {})
    except ValidationError:
        return Status()


def _remade(todo: Plan, facts: Facts, service: ModelService) -> bool:
    """Whether it makes a child again that was there before."""
    present = {(child.kind, child.name) for child in facts.children}
    gone = {(child.kind, child.name) for child in service.status.children} - present
    return any(identity(manifest) in gone for wave in todo.waves for manifest in wave)


def _sentence(error: ValidationError) -> str:
    """Every problem with its field."""
    problems = ("spec." + ".".join(map(str, problem["loc"])) + f": {problem['msg']}" for problem in error.errors())
    return "; ".join(problems)
