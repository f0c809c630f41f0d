"""On the way to serving."""

from __future__ import annotations

from dataclasses import replace

from looks import NOW, REVISION, TRYING, ago, deployment, engine, event, homeless, look, pod, waiting
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.rollout import RolloutFacts, Verdict

LOADING = engine(ready=False, started=False, running_since=ago(seconds=47))


CASES = {
    "nothing there yet": (
        look(deployment=None),
        "Progressing",
        Reason.PROGRESSING,
        "InProgress",
        "The Deployment is being made.",
    ),
    "deployment without pods": (
        look(),
        "Progressing",
        Reason.PROGRESSING,
        "InProgress",
        "0 of 1 replicas answer; more pods are being made.",
    ),
    "an edit on its way to the Deployment": (
        look(pod(revision="qwen-old"), rollout=TRYING, deployment=deployment(revision="qwen-old")),
        "Progressing",
        Reason.ROLLING_OUT,
        "InProgress",
        "The revision before answers (1 replica). The change is being applied.",
    ),
    "scaling up": (
        look(pod(), spec={"replicas": 2}, deployment=deployment(1)),
        "Progressing",
        Reason.PROGRESSING,
        "InProgress",
        "1 of 2 replicas answer. The Deployment is on its way to 2 replicas.",
    ),
    "a Deployment that its controller has not looked at": (
        look(pod(), deployment=deployment(generation=3)),
        "Progressing",
        Reason.PROGRESSING,
        "InProgress",
        "1 of 1 replicas answer. The Deployment is on its way to 1 replica.",
    ),
    "new revision loads while the old one serves": (
        look(pod("old", revision="qwen-old"), pod("new", LOADING), rollout=TRYING),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The revision before answers (1 replica). The model has been loading for 40 s of at most 3600 s "
        "(startupTimeoutSeconds).",
    ),
    "new revision answers, the old one is not gone": (
        look(pod("old", revision="qwen-old"), pod("new"), rollout=TRYING),
        "Progressing",
        Reason.ROLLING_OUT,
        "InProgress",
        "1 of 1 replicas answer. 1 of 1 replicas run the new revision; 1 pod of the one before to go.",
    ),
    "new revision answers and is not promoted": (
        look(pod(), rollout=TRYING),
        "Progressing",
        Reason.ROLLING_OUT,
        "InProgress",
        "1 of 1 replicas answer. The new revision answers and is about to become the current one.",
    ),
    "suspending": (
        look(pod(deleting_since=NOW), spec={"suspend": True}),
        "Suspending",
        Reason.SUSPENDING,
        "InProgress",
        "1 pod still to stop; running requests may take 60 s (drainTimeoutSeconds).",
    ),
    "on the way to zero": (
        look(pod(), pod("b"), spec={"replicas": 0, "drainTimeoutSeconds": 300}),
        "Draining",
        Reason.DRAINING,
        "InProgress",
        "2 pods still to stop; running requests may take 300 s (drainTimeoutSeconds).",
    ),
    "pod that no scheduler has seen": (
        look(homeless(created_at=ago(seconds=2))),
        "Starting",
        Reason.STARTING,
        "InProgress",
        "A pod waits for the scheduler.",
    ),
    "creating": (
        look(pod("p", waiting("ContainerCreating"))),
        "Starting",
        Reason.STARTING,
        "InProgress",
        "The pod's container is being created on node node-1.",
    ),
    "pulling": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating")),
            events=(event("Scheduled", "to node-1"), replace(event("Pulling", "x"), last_seen=ago(seconds=1))),
        ),
        "Pulling",
        Reason.PULLING_IMAGE,
        "InProgress",
        "Node node-1 pulls vllm/vllm-openai:v0.32.0.",
    ),
    "init container at work": (
        look(pod("p", engine(name="fetch", init=True, ready=False), waiting("PodInitializing"))),
        "Starting",
        Reason.STARTING,
        "InProgress",
        "Init container fetch is at work.",
    ),
    "loading": (
        look(pod("p", LOADING)),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "terminating": (
        look(pod(), problems=[Finding(Reason.TERMINATING, "", "Service qwen: the namespace is being deleted")]),
        "Terminating",
        Reason.TERMINATING,
        "InProgress",
        "1 of 1 replicas answer. Service qwen: the namespace is being deleted.",
    ),
    "held at a gate": (
        look(
            pod(),
            rollout=RolloutFacts(
                Verdict.HELD, REVISION, REVISION, why="The model is fetched.", why_reason="Downloading"
            ),
        ),
        "Downloading",
        Reason.DOWNLOADING,
        "InProgress",
        "1 of 1 replicas answer. The model is fetched.",
    ),
}
