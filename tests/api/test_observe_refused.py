"""Why no pod can be made, in the words of a real API server and controller manager."""

from __future__ import annotations

from typing import Any

import pytest

from gathered import deployment, told_once
from lab.client import Client

CONTAINER = {"name": "engine", "image": "vllm/vllm-openai:v0.32.0"}
ASKING = {**CONTAINER, "resources": {"requests": {"memory": "8Gi"}, "limits": {"memory": "8Gi"}}}


def quota(**hard: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": hard}}


LIMITS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "small"},
    "spec": {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]},
}

CASES = {
    "quota used up": (
        [quota(pods="0")],
        {"containers": [CONTAINER]},
        "QuotaExceeded",
        "ResourceQuota team has no room for another pod: it asks for pods=1, and pods=0 of pods=0 is used. "
        "Lower replicas, gpu.count or resources, or have the quota raised.",
    ),
    "quota that wants requests": (
        [quota(**{"requests.memory": "4Gi"})],
        {"containers": [CONTAINER]},
        "QuotaExceeded",
        "ResourceQuota team wants every pod to say requests.memory for: engine. Set it in resources.",
    ),
    "limit range": (
        [LIMITS],
        {"containers": [ASKING]},
        "PodRefused",
        "A LimitRange refuses the pod: maximum memory usage per Container is 1Gi, but limit is 8Gi. Change resources.",
    ),
    "service account missing": (
        [],
        {"containers": [CONTAINER], "serviceAccountName": "nobody"},
        "PodRefused",
        "ServiceAccount nobody does not exist. Create it, or change serviceAccountName.",
    ),
    "priority class missing": (
        [],
        {"containers": [CONTAINER], "priorityClassName": "urgent"},
        "PodRefused",
        "PriorityClass urgent does not exist. Create it, or change priorityClassName.",
    ),
    "runtime class missing": (
        [],
        {"containers": [CONTAINER], "runtimeClassName": "nvidia-not-there"},
        "RuntimeClassMissing",
        "RuntimeClass nvidia-not-there does not exist. Install it, or name another in gpu.runtimeClassName "
        '("" for none).',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_pods_that_cannot_be_made_say_why_and_what_to_change(api: Client, namespace: str, case: str) -> None:
    objects, pod, reason, message = CASES[case]
    for found in objects:
        api.create(found, namespace)
    api.create(deployment(pod), namespace)
    status = told_once(api, namespace, lambda status: status.phase not in {"Progressing", "Pending", "Starting"})
    assert (status.conditions[4].reason, status.message) == (reason, message)


def test_pod_security_of_the_namespace_says_what_it_misses(api: Client, namespace: str) -> None:
    level = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    api.patch("Namespace", namespace, level)
    api.create(deployment({"containers": [CONTAINER]}), namespace)
    status = told_once(api, namespace, lambda status: status.phase == "Refused")
    assert status.message is not None
    assert "The namespace's pod security level restricted:latest refuses the pod" in status.message
    assert "runAsNonRoot != true" in status.message
    assert "securityContext" in status.message
