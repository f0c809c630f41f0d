"""Why no pod can be made at all: read off the ReplicaSet, the only place that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelservice.api.reasons import Reason
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import sentence


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form of the API server's refusal, and what it means here. Named groups of the pattern fill the sentence."""

    pattern: re.Pattern[str]
    reason: Reason
    says: str


REFUSALS = (
    Refusal(
        re.compile(
            r"exceeded quota: (?P<quota>[^,]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<limit>.+)"
        ),
        Reason.QUOTA_EXCEEDED,
        "ResourceQuota {quota} has no room for another pod: it asks for {asked}, and {used} of {limit} is used. "
        "Lower replicas, gpu.count or resources, or have the quota raised.",
    ),
    Refusal(
        re.compile(r"failed quota: (?P<quota>[^:]+): must specify (?P<what>.+)"),
        Reason.QUOTA_EXCEEDED,
        "ResourceQuota {quota} wants every pod to say {what}. Set it in resources.",
    ),
    Refusal(
        re.compile(r"violates PodSecurity \"(?P<level>[^\"]+)\": (?P<what>.+)"),
        Reason.POD_REFUSED,
        "The namespace's pod security level {level} refuses the pod: {what}. "
        "Change securityContext or podTemplate, or the namespace's level.",
    ),
    Refusal(
        re.compile(r"RuntimeClass(?:\.node\.k8s\.io)? \"(?P<name>[^\"]+)\" not found"),
        Reason.RUNTIME_CLASS_MISSING,
        'RuntimeClass {name} does not exist. Install it, or name another in gpu.runtimeClassName ("" for none).',
    ),
    Refusal(
        re.compile(r"serviceaccount \"(?P<name>[^\"]+)\" not found", re.I),
        Reason.POD_REFUSED,
        "ServiceAccount {name} does not exist. Create it, or change serviceAccountName.",
    ),
    Refusal(
        re.compile(r"no PriorityClass with name (?P<name>\S+) was found"),
        Reason.POD_REFUSED,
        "PriorityClass {name} does not exist. Create it, or change priorityClassName.",
    ),
    Refusal(
        re.compile(r"(?P<what>(?:minimum|maximum) (?:cpu|memory|ephemeral-storage) usage per (?:Container|Pod) is .+)"),
        Reason.POD_REFUSED,
        "A LimitRange refuses the pod: {what}. Change resources.",
    ),
)
_OTHERWISE = "The cluster refuses to make pods: {what}"


def pods_refused(seen: Seen) -> Wait | None:
    """The ReplicaSet that should run makes no pods."""
    for replica_set in seen.facts.replica_sets:
        short = replica_set.replicas < replica_set.wanted
        if replica_set.revision == seen.rollout.target and replica_set.failure and short:
            reason, message = _explain(replica_set.failure)
            return Wait(reason, message, Needs.HELP, replica_set.failure_since)
    return None


def _explain(failure: str) -> tuple[Reason, str]:
    for refusal in REFUSALS:
        if found := refusal.pattern.search(failure):
            return refusal.reason, sentence(refusal.says.format(**found.groupdict()))
    return Reason.POD_REFUSED, sentence(_OTHERWISE.format(what=failure))
