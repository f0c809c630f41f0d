"""From raw Deployments, ReplicaSets, claims and ControllerRevisions to their facts."""

from __future__ import annotations

import json
from itertools import pairwise

from modelservice.facts.marks import (
    ACCEPTED_ANNOTATION,
    EDITS_ANNOTATION,
    FAILED_ANNOTATION,
    FAILED_REASON_ANNOTATION,
    MANAGED_BY_LABEL,
    MANAGER,
    NAME_LABEL,
    PRUNES_FOR_ANNOTATION,
    REVISION_ANNOTATION,
)
from modelservice.facts.raw import Raw, condition, items, number, part, text, time
from modelservice.facts.redact import redact
from modelservice.facts.workload import (
    ClaimFacts,
    DeploymentFacts,
    JobFacts,
    ReplicaSetFacts,
    RevisionFacts,
    WorkloadCondition,
)


def deployment(raw: Raw) -> DeploymentFacts:
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    return DeploymentFacts(
        uid=text(metadata, "uid"),
        generation=number(metadata, "generation"),
        observed_generation=number(status, "observedGeneration"),
        revision=_template_revision(spec),
        accepted=text(part(metadata, "annotations"), ACCEPTED_ANNOTATION),
        wanted=number(spec, "replicas"),
        replicas=number(status, "replicas"),
        updated=number(status, "updatedReplicas"),
        ready=number(status, "readyReplicas"),
        available=number(status, "availableReplicas"),
        conditions=tuple(
            WorkloadCondition(
                type=text(found, "type"),
                status=text(found, "status"),
                reason=text(found, "reason"),
                message=redact(text(found, "message")),
            )
            for found in items(status, "conditions")
        ),
    )


def replica_set(raw: Raw) -> ReplicaSetFacts:
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    failure = condition(status, "ReplicaFailure")
    failed = failure.get("status") == "True"
    return ReplicaSetFacts(
        name=text(metadata, "name"),
        uid=text(metadata, "uid"),
        revision=_template_revision(spec),
        wanted=number(spec, "replicas"),
        replicas=number(status, "replicas"),
        ready=number(status, "readyReplicas"),
        failure=redact(text(failure, "message")) if failed else "",
        failure_since=time(failure, "lastTransitionTime") if failed else None,
    )


def claim(raw: Raw) -> ClaimFacts:
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    marks = part(metadata, "labels")
    return ClaimFacts(
        name=text(metadata, "name"),
        phase=text(status, "phase") or "Pending",
        access_modes=tuple(spec.get("accessModes") or ()),
        storage_class=text(spec, "storageClassName"),
        capacity=text(part(status, "capacity"), "storage"),
        deleting="deletionTimestamp" in metadata,
        service=text(marks, NAME_LABEL) if marks.get(MANAGED_BY_LABEL) == MANAGER else "",
    )


def job(raw: Raw) -> JobFacts:
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    failed = condition(status, "Failed")
    pod = part(spec, "template", "spec")
    told = next((found.get("args") or [] for found in items(pod, "containers")), [])
    words = dict(pairwise(told))
    return JobFacts(
        name=text(metadata, "name"),
        uid=text(metadata, "uid"),
        claim=next(filter(None, map(_claim_of, items(pod, "volumes"))), ""),
        folder=words.get("--folder", ""),
        reference=words.get("--reference", ""),
        prunes_for=_whole_number(text(part(metadata, "annotations"), PRUNES_FOR_ANNOTATION)),
        suspended=spec.get("suspend") is True,
        complete=condition(status, "Complete").get("status") == "True",
        failed=failed.get("status") == "True",
        why=redact(text(failed, "message")),
        failures=number(status, "failed"),
        created_at=time(metadata, "creationTimestamp"),
    )


def _claim_of(volume: Raw) -> str:
    return text(part(volume, "persistentVolumeClaim"), "claimName")


def _whole_number(note: str) -> int:
    """What somebody else wrote there counts as nothing."""
    return int(note) if note.isdecimal() else 0


def revision(raw: Raw) -> RevisionFacts:
    metadata, data = part(raw, "metadata"), part(raw, "data")
    notes = part(metadata, "annotations")
    return RevisionFacts(
        name=text(metadata, "name"),
        number=number(raw, "revision"),
        inputs=part(data, "inputs"),
        resolved=part(data, "resolved"),
        template=part(data, "template"),
        config_maps=part(data, "configMaps"),
        jobs=part(data, "jobs"),
        edits=_edits(text(notes, EDITS_ANNOTATION)),
        failed=text(notes, FAILED_ANNOTATION),
        failed_reason=text(notes, FAILED_REASON_ANNOTATION),
    )


def _edits(note: str) -> Raw:
    """What somebody else wrote there counts as nothing."""
    try:
        found = json.loads(note or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _template_revision(spec: Raw) -> str:
    return text(part(spec, "template", "metadata", "annotations"), REVISION_ANNOTATION)
