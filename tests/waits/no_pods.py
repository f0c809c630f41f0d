"""No pod is made."""

from __future__ import annotations

from dataclasses import replace

from looks import REVISION, ago, look, pod
from modelservice.api.reasons import Reason
from modelservice.facts.workload import ReplicaSetFacts


def without_quota(**changes):
    failure = 'pods "qwen-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4'
    base = ReplicaSetFacts("rs", "u", REVISION, wanted=1, failure=failure, failure_since=ago(minutes=3))
    return (replace(base, **changes),)


CASES = {
    "quota": (
        look(replica_sets=without_quota()),
        "NoQuota",
        Reason.QUOTA_EXCEEDED,
        "InProgress",
        "ResourceQuota team has no room for another pod: it asks for pods=1, and pods=4 of pods=4 is used. "
        "Lower replicas, gpu.count or resources, or have the quota raised.",
    ),
    "quota for longer than a model may load": (
        look(replica_sets=without_quota(failure_since=ago(hours=2))),
        "NoQuota",
        Reason.QUOTA_EXCEEDED,
        "Failed",
        "ResourceQuota team has no room for another pod: it asks for pods=1, and pods=4 of pods=4 is used. "
        "Lower replicas, gpu.count or resources, or have the quota raised.",
    ),
    "quota of a revision that is past": (
        look(pod(), replica_sets=without_quota(revision="qwen-old")),
        "Ready",
        Reason.READY,
        "Current",
        "The replica answers.",
    ),
    "a webhook's own words": (
        look(
            replica_sets=without_quota(failure='admission webhook "policy.io" denied the request: no GPUs on Fridays')
        ),
        "Refused",
        Reason.POD_REFUSED,
        "InProgress",
        'The cluster refuses to make pods: admission webhook "policy.io" denied the request: no GPUs on Fridays.',
    ),
    "evicted and not yet replaced": (
        look(pod("old", phase="Failed", reason="Evicted", message="The node was low on resource: ephemeral-storage. ")),
        "Evicted",
        Reason.EVICTED,
        "InProgress",
        "Pod old was evicted and is being replaced: The node was low on resource: ephemeral-storage.",
    ),
    "of several that ended the latest is told": (
        look(
            pod("a", phase="Failed", reason="Evicted", message="memory", created_at=ago(minutes=5)),
            pod("b", phase="Failed", reason="Evicted", message="disk", created_at=ago(minutes=9)),
        ),
        "Evicted",
        Reason.EVICTED,
        "InProgress",
        "Pod a was evicted and is being replaced: memory.",
    ),
    "evicted long ago and replaced": (
        look(pod("old", phase="Failed", reason="Evicted"), pod()),
        "Ready",
        Reason.READY,
        "Current",
        "The replica answers.",
    ),
    "a node that refuses the pod": (
        look(pod("p", phase="Failed", reason="UnexpectedAdmissionError", message="no healthy devices present")),
        "Refused",
        Reason.POD_REFUSED,
        "InProgress",
        "Node node-1 refused pod p (UnexpectedAdmissionError): no healthy devices present.",
    ),
}
