"""From raw nodes, classes and Events to their facts."""

from __future__ import annotations

import re
import sys

from modelservice.facts.cluster import NodeFacts, StorageClassFacts, Taint
from modelservice.facts.facts import EventFacts
from modelservice.facts.raw import Raw, condition, extended, items, part, text, time
from modelservice.facts.redact import redact

GPU_PRODUCT_LABEL = "nvidia.com/gpu.product"
BULK_LABELS = "feature.node.kubernetes.io/"
"""Node feature discovery writes about a hundred of these per node; nothing here reads them, so they are not kept."""
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def node(raw: Raw) -> NodeFacts:
    metadata, spec, status = part(raw, "metadata"), part(raw, "spec"), part(raw, "status")
    labels = part(metadata, "labels")
    return NodeFacts(
        name=text(metadata, "name"),
        ready=condition(status, "Ready").get("status") == "True",
        schedulable=not spec.get("unschedulable", False),
        allocatable=extended(part(status, "allocatable")),
        gpu_product=text(labels, GPU_PRODUCT_LABEL),
        labels={sys.intern(key): sys.intern(value) for key, value in labels.items() if not key.startswith(BULK_LABELS)},
        taints=tuple(
            Taint(key=text(taint, "key"), value=text(taint, "value"), effect=text(taint, "effect"))
            for taint in items(spec, "taints")
        ),
    )


def storage_class(raw: Raw) -> StorageClassFacts:
    metadata = part(raw, "metadata")
    return StorageClassFacts(
        name=text(metadata, "name"),
        binding=text(raw, "volumeBindingMode") or "Immediate",
        default=part(metadata, "annotations").get(DEFAULT_CLASS) == "true",
    )


def runtime_class(raw: Raw) -> str:
    """A RuntimeClass is its name to us."""
    return text(part(raw, "metadata"), "name")


def minor(raw: Raw) -> int | None:
    """The minor version of Kubernetes 1, off what `/version` answers; clouds put a plus behind it."""
    found = re.match(r"\d+", text(raw, "minor"))
    return int(found[0]) if found and text(raw, "major") == "1" else None


def event(raw: Raw) -> EventFacts:
    """An Event of either API (`v1` or `events.k8s.io/v1`); its object as `Kind/name`."""
    about = part(raw, "involvedObject") or part(raw, "regarding")
    seen = time(part(raw, "series"), "lastObservedTime") or time(raw, "lastTimestamp")
    return EventFacts(
        object=f"{text(about, 'kind')}/{text(about, 'name')}",
        reason=text(raw, "reason"),
        message=redact(text(raw, "message") or text(raw, "note")),
        last_seen=seen or time(raw, "eventTime") or time(part(raw, "metadata"), "creationTimestamp"),
    )
