"""What would follow from one ModelService: the operator's own planning over what the cluster holds now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import ModelService, parse
from modelservice.cli.plan import needs, room
from modelservice.cli.plan.differences import Difference, differences
from modelservice.cli.plan.judge import Change, judge, judge_pod, template_of
from modelservice.cli.plan.proposal import propose
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.cli.plan.restarts import Restart
from modelservice.control.caches import Caches
from modelservice.control.evidence import Answers
from modelservice.control.gather import gather
from modelservice.control.intend import Intent, intend
from modelservice.control.plan import CLAIM
from modelservice.control.rollout import wanted_replicas
from modelservice.facts import parse_pods
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import Verdict
from modelservice.kube import errors
from modelservice.kube.resources import POD, QUOTA, Key, Manifest
from modelservice.kube.session import Session


class Outcome(StrEnum):
    """What an apply would come to, in a word."""

    CHANGES = "changes"
    NOTHING = "nothing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`fields` are those of the ModelService itself, `changes` those of what it owns. Where it is not `allowed`, the
    user may not apply it, and the changes are what it would come to if somebody did."""

    namespace: str
    name: str
    outcome: Outcome
    new: bool = False
    allowed: bool = True
    fields: tuple[Difference, ...] = ()
    changes: tuple[Change, ...] = ()
    restart: Restart | None = None
    remarks: tuple[Remark, ...] = field(default=())


async def forecast(session: Session, key: Key, body: Manifest, config: OperatorConfig) -> Forecast:
    """What `kubectl apply` of this body would do. What the user may not look at is remarked on."""
    proposal = await propose(session, key, body)
    if proposal.stored is None:
        new = proposal.live is None
        return Forecast(key.namespace, key.name, Outcome.REFUSED, new, allowed=False, remarks=proposal.remarks)
    service = parse(proposal.stored)
    caches = Caches(session, lambda _: None, lambda _: None, namespaces=(key.namespace,))
    await caches.look()
    facts = gather(service, caches, config, Answers(), datetime.now(UTC))
    intent = intend(service, facts, config)
    judged = await judge(session, intent.todo, service, facts)
    remarks = [*proposal.remarks, *_told(intent), *judged.remarks]
    if intent.wanted:
        remarks += await _obstacles(session, service, facts, intent, judged.again)
    refused = any(remark.severity is Severity.ERROR for remark in remarks)
    fields = differences(proposal.live or {"metadata": {}}, proposal.stored) if proposal.live else ()
    changed = bool(judged.changes or fields or proposal.live is None)
    return Forecast(
        key.namespace,
        key.name,
        Outcome.REFUSED if refused else Outcome.CHANGES if changed else Outcome.NOTHING,
        proposal.live is None,
        not proposal.remarks,
        fields,
        judged.changes,
        judged.again,
        tuple(dict.fromkeys(remarks)),
    )


def _told(intent: Intent) -> Iterator[Remark]:
    """What the operator itself would say of the spec."""
    for finding in intent.prepared.findings:
        severity = Severity.ERROR if finding.refuses else Severity.WARNING
        yield Remark(severity, finding.told, finding.field, finding.reason)
    for child in intent.todo.conflicts:
        told = f"{child.kind} {child.name} exists and does not belong to this ModelService: choose another name"
        yield Remark(Severity.ERROR, told, "metadata.name", "NameConflict")
    decision = intent.rollout
    if decision.verdict is Verdict.HELD and not intent.prepared.refused:
        severity = Severity.NOTE if decision.fetching else Severity.WARNING
        yield Remark(severity, decision.why, reason=decision.why_reason)
    if decision.verdict is Verdict.REVERTED:
        told = f"this spec was tried and taken back, and is not tried again: {decision.why}"
        yield Remark(Severity.WARNING, told, reason=decision.why_reason)


async def _obstacles(
    session: Session, service: ModelService, facts: Facts, intent: Intent, again: Restart | None
) -> list[Remark]:
    """What would keep pods from starting. Where no pod starts, nothing does."""
    spec, wanted = intent.prepared.spec, wanted_replicas(intent.prepared.spec)
    present = facts.deployment.wanted if facts.deployment else 0
    if not wanted or (wanted <= present and again is None):
        return []
    namespace, template = service.metadata.namespace, template_of(intent.wanted)
    claimed = any(child.kind == CLAIM for child in facts.children)
    remarks = await needs.missing(session, namespace, intent.wanted, template, spec)
    remarks += needs.classes(spec, template, claimed, facts.cluster)
    anew = again is not None and not again.more
    crew = room.Crew(present, wanted, wanted + (again.more if again else 0), anew)
    remarks += await _room(session, facts, intent, crew)
    remarks += await _quotas(session, namespace, template, crew)
    if any(remark.severity is Severity.WARNING for remark in remarks):
        return remarks
    refusal = await judge_pod(session, namespace, template, service.metadata.name)
    return [*remarks, refusal] if refusal else remarks


async def _room(session: Session, facts: Facts, intent: Intent, crew: room.Crew) -> list[Remark]:
    """Places on nodes, where the user may see nodes and what runs on them."""
    nodes = facts.cluster.nodes
    if nodes is None:
        return [Remark(Severity.NOTE, "you may not list nodes, so nobody looked whether there is room")]
    if intent.rollout.verdict is Verdict.HELD:
        return []
    try:
        pages = session.pages(POD.collection(), target="the pods of all namespaces")
        everywhere = [parse_pods.pod(item) async for page in pages for item in page["items"]]
    except errors.Forbidden:
        told = "you may not list the pods of all namespaces, so GPUs that others hold count as free"
        remark, everywhere = [Remark(Severity.NOTE, told)], list(facts.pods)
    else:
        remark = []
    known = room.taken(nodes, everywhere)
    found = room.on_nodes(intent.prepared.spec, intent.prepared.gpus, crew, known, facts.pods)
    return [*remark, found] if found else remark


async def _quotas(session: Session, namespace: str, template: Manifest, crew: room.Crew) -> list[Remark]:
    """Those of the namespace."""
    try:
        pages = session.pages(QUOTA.collection(namespace), target="the quotas")
        quotas = [item async for page in pages for item in page["items"]]
    except errors.Forbidden:
        return [Remark(Severity.NOTE, "you may not list resourcequotas, so nobody looked at them")]
    return list(room.in_quotas(quotas, template["spec"], crew.more))
