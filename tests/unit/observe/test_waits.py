"""Facts in; the word, the reason, the sentence and what Helm makes of it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kstatus import kstatus
from looks import (
    NOW,
    REVISION,
    TRYING,
    ago,
    condition,
    deployment,
    died,
    engine,
    event,
    homeless,
    look,
    node,
    observed,
    pod,
    told,
    waiting,
)
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.cluster import ClusterFacts, StorageClassFacts
from modelservice.facts.facts import LogFacts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.facts.workload import ClaimFacts, ReplicaSetFacts

LOADING = engine(ready=False, started=False, running_since=ago(seconds=47))
SLOW = timedelta(hours=1, seconds=20)
CRASHED = waiting("CrashLoopBackOff", restarts=4, last_termination=died(1, message="ValueError: boom"))
NO_GPU = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: 0/1 nodes are available: 1 No victims."
HF = {"huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}
CACHE = {"cache": {"claimName": "models"}}
CLASSES = ClusterFacts(
    nodes=(node(),), storage_classes=(StorageClassFacts("fast"), StorageClassFacts("lazy", "WaitForFirstConsumer"))
)
NO_CLAIM = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none."
NO_SHELL = (
    "Startup probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in "
    'container: failed to start exec "1f0c": OCI runtime exec failed: exec failed: unable to start container process: '
    'exec: "sh": executable file not found in $PATH'
)
STARTUP = "Startup probe failed: HTTP probe failed with statuscode: {}"
REFUSED = 'Startup probe failed: Get "http://10.0.0.7:9000/up": dial tcp 10.0.0.7:9000: connect: connection refused'
OWN = {
    "engine": {"type": "custom", "image": "example.org/server:1", "custom": {"port": 9000, "healthPath": "/up"}},
    "gpu": {"count": 0},
}
LOG = LogFacts(
    "qwen-7d4b9-x1", "engine", True, ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",)
)


def without_quota(**changes):
    failure = 'pods "qwen-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4'
    base = ReplicaSetFacts("rs", "u", REVISION, wanted=1, failure=failure, failure_since=ago(minutes=3))
    return (replace(base, **changes),)


CASES = {
    # all is well
    "ready": (look(pod()), "Ready", Reason.READY, "Current", "The replica answers."),
    "two ready": (
        look(pod("a"), pod("b"), spec={"replicas": 2}),
        "Ready",
        Reason.READY,
        "Current",
        "All 2 replicas answer.",
    ),
    "suspended": (
        look(spec={"suspend": True}),
        "Suspended",
        Reason.SUSPENDED,
        "Current",
        "Nothing is running, as asked for.",
    ),
    "scaled to zero": (
        look(spec={"replicas": 0}),
        "ScaledToZero",
        Reason.SCALED_TO_ZERO,
        "Current",
        "Nothing is running, as asked for.",
    ),
    "suspended after a change that failed": (
        look(
            spec={"suspend": True}, rollout=RolloutFacts(Verdict.REVERTED, REVISION, REVISION, "qwen-bad", "it failed.")
        ),
        "Suspended",
        Reason.SUSPENDED,
        "Current",
        "Nothing is running, as asked for.",
    ),
    # on the way
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
    # refused
    "not accepted, nothing runs": (
        look(
            findings=[Finding(Reason.UNKNOWN_OPTION, "engine.args", "vLLM has no --max-model-length")],
            rollout=RolloutFacts(Verdict.STEADY, ""),
            deployment=None,
        ),
        "Invalid",
        Reason.UNKNOWN_OPTION,
        "Failed",
        "engine.args: vLLM has no --max-model-length.",
    ),
    "not accepted, the revision before serves": (
        look(pod(), findings=[Finding(Reason.INVALID_OPTION, "serving.dtype", "vLLM has no dtype float17.")]),
        "Invalid",
        Reason.INVALID_OPTION,
        "Failed",
        "1 of 1 replicas answer. serving.dtype: vLLM has no dtype float17.",
    ),
    "not accepted, in a sentence that names its field": (
        look(findings=[Finding(Reason.INVALID_OPTION, "serving.dtype", "Change serving.dtype to half.")]),
        "Invalid",
        Reason.INVALID_OPTION,
        "Failed",
        "Change serving.dtype to half.",
    ),
    "name conflict": (
        look(
            problems=[
                Finding(Reason.NAME_CONFLICT, "", "Service qwen belongs to Helm release web; rename one of them.")
            ],
            deployment=None,
        ),
        "Conflict",
        Reason.NAME_CONFLICT,
        "Failed",
        "Service qwen belongs to Helm release web; rename one of them.",
    ),
    "rejected by the API server": (
        look(pod(), problems=[Finding(Reason.REJECTED, "podTemplate", "spec.containers[0].image: Required value")]),
        "Invalid",
        Reason.REJECTED,
        "Failed",
        "1 of 1 replicas answer. podTemplate: spec.containers[0].image: Required value.",
    ),
    "reverted": (
        look(
            pod(), rollout=RolloutFacts(Verdict.REVERTED, REVISION, REVISION, "qwen-bad", "its pods crashed 3 times.")
        ),
        "Reverted",
        Reason.REVERTED,
        "Failed",
        "1 of 1 replicas answer. The last change was taken back: its pods crashed 3 times. Change the spec to try "
        "again.",
    ),
    "an autoscaler on the Deployment": (
        look(pod(), pod("b"), deployment=deployment(2), foreign_autoscalers=("cpu",)),
        "Conflict",
        Reason.FOREIGN_AUTOSCALER,
        "InProgress",
        "1 of 1 replicas answer. Autoscaler cpu points at the Deployment, whose replicas belong to this service. "
        "Let its scaleTargetRef name ModelService qwen instead.",
    ),
    # no pods
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
    # no node
    "GPUs taken by ModelServices": (
        look(
            homeless(NO_GPU),
            spec={"gpu": {"count": 2}},
            gpus=2,
            nodes=[node("a", 8, taken={"nvidia.com/gpu": 7}), node("b", 4, taken={"nvidia.com/gpu": 4})],
        ),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "InProgress",
        "A replica asks for 2 nvidia.com/gpu; 2 matching nodes have 12, of which 1 are free, at most 1 on one node. "
        "Waiting until some are free.",
    ),
    "GPUs taken by others": (
        look(homeless(NO_GPU), nodes=[node("a", 8)]),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "InProgress",
        "A replica asks for 1 nvidia.com/gpu; 1 matching node has 8, and pods that are no ModelService's hold too many "
        "of them. Waiting until some are free.",
    ),
    "GPUs only on nodes that repel": (
        look(homeless(NO_GPU), nodes=[node("a", 8, schedulable=False)]),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "InProgress",
        "No node takes the pod. 1 node has too few free nvidia.com/gpu: free some, or lower gpu.count.",
    ),
    "nodes that may not be looked at": (
        look(
            homeless(
                "0/5 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 3 Insufficient "
                "nvidia.com/gpu. preemption: 0/5 nodes are available: 5 No preemption victims found."
            ),
            nodes=None,
        ),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "InProgress",
        "No node takes the pod. 3 nodes have too few free nvidia.com/gpu: free some, or lower gpu.count. "
        "1 node has too little free memory: free some, or lower resources.requests.memory. "
        "1 node has been cordoned: uncordon.",
    ),
    "scheduler's words that nobody knows": (
        look(homeless("0/1 nodes are available: 1 node(s) had a bad day. preemption: none"), nodes=None),
        "Pending",
        Reason.UNSCHEDULABLE,
        "InProgress",
        "The scheduler says: 0/1 nodes are available: 1 node(s) had a bad day. preemption: none.",
    ),
    "a scheduler that does not run": (
        look(homeless(), spec={"schedulerName": "volcano"}),
        "Pending",
        Reason.UNSCHEDULABLE,
        "InProgress",
        "No scheduler has looked at the pod: does scheduler volcano (schedulerName) run?",
    ),
    "claim missing": (
        look(homeless(NO_CLAIM), spec=CACHE),
        "NoVolume",
        Reason.CLAIM_MISSING,
        "InProgress",
        "PersistentVolumeClaim models does not exist. Create it, or change cache.claimName.",
    ),
    "claim of the model missing": (
        look(
            homeless('0/1 nodes are available: persistentvolumeclaim "weights" not found. preemption: none.'),
            spec={"model": "pvc://weights/qwen"},
        ),
        "NoVolume",
        Reason.CLAIM_MISSING,
        "InProgress",
        "No node takes the pod. PersistentVolumeClaim weights does not exist: create it, or change model.",
    ),
    "GPUs that the device plugin has taken back": (
        look(homeless(NO_GPU), nodes=[node(allocatable={"nvidia.com/gpu": 0})]),
        "NoNode",
        Reason.NO_MATCHING_NODE,
        "InProgress",
        "No node offers nvidia.com/gpu. Install the GPU's device plugin, or change gpu.resourceName, or set gpu.count "
        "to 0 for CPU.",
    ),
    "claim lost for longer than a model may load": (
        look(homeless(NO_CLAIM, unschedulable_since=ago(hours=2)), spec=CACHE, claim=ClaimFacts("models", "Lost")),
        "NoVolume",
        Reason.CLAIM_LOST,
        "Failed",
        "PersistentVolumeClaim models has lost its volume. Restore the volume, or change cache.",
    ),
    "claim that nobody may explain, for longer than a model may load": (
        look(homeless(NO_CLAIM, unschedulable_since=ago(hours=2)), spec=CACHE, claim=ClaimFacts("models")),
        "NoVolume",
        Reason.CLAIM_NOT_BOUND,
        "Failed",
        "PersistentVolumeClaim models is not bound: it waits for a volume. `kubectl describe pvc models` "
        "says why; or change cache.claimName.",
    ),
    "more GPUs than any node has, for longer than a model may load": (
        look(homeless(NO_GPU, unschedulable_since=ago(hours=2)), gpus=4, nodes=[node(gpus=2)]),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "Failed",
        "A replica asks for 4 nvidia.com/gpu on one node, and the biggest that matches has 2. Lower gpu.count.",
    ),
    "claim lost": (
        look(homeless(NO_CLAIM), spec=CACHE, claim=ClaimFacts("models", "Lost")),
        "NoVolume",
        Reason.CLAIM_LOST,
        "InProgress",
        "PersistentVolumeClaim models has lost its volume. Restore the volume, or change cache.",
    ),
    "claim being deleted": (
        look(homeless(NO_CLAIM), spec=CACHE, claim=ClaimFacts("models", "Bound", deleting=True)),
        "NoVolume",
        Reason.CLAIM_LOST,
        "InProgress",
        "PersistentVolumeClaim models is being deleted. Wait until it is gone, or change cache.",
    ),
    "claim of ours without a default class": (
        look(
            homeless(NO_CLAIM),
            spec={"cache": {"size": "10Gi"}},
            cluster=CLASSES,
            claim=ClaimFacts("qwen-cache", service="qwen"),
        ),
        "NoVolume",
        Reason.CLAIM_NOT_BOUND,
        "InProgress",
        "PersistentVolumeClaim qwen-cache is not bound: it names no StorageClass and none is the default; the cluster "
        "has fast, lazy. Set cache.storageClassName in a new service, or delete claim qwen-cache once the class "
        "exists.",
    ),
    "claim whose class is slow": (
        look(homeless(NO_CLAIM), spec=CACHE, cluster=CLASSES, claim=ClaimFacts("models", storage_class="fast")),
        "NoVolume",
        Reason.CLAIM_NOT_BOUND,
        "InProgress",
        "PersistentVolumeClaim models is not bound: StorageClass fast has not made its volume yet. `kubectl "
        "describe pvc models` says why; or change cache.claimName.",
    ),
    "claim that waits for the pod, which waits for a GPU": (
        look(
            homeless(NO_GPU),
            spec=CACHE,
            cluster=replace(CLASSES, nodes=(node(taken={"nvidia.com/gpu": 8}),)),
            claim=ClaimFacts("models", storage_class="lazy"),
        ),
        "NoGPU",
        Reason.NOT_ENOUGH_GPUS,
        "InProgress",
        "A replica asks for 1 nvidia.com/gpu; 1 matching node has 8, of which 0 are free, at most 0 on one node. "
        "Waiting until some are free.",
    ),
    # no container
    "image that is not there": (
        look(pod("p", waiting("ErrImagePull", 'failed to resolve reference "x": docker.io/x: not found'))),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "InProgress",
        "Image vllm/vllm-openai:v0.32.0 cannot be pulled: the registry does not have it: check engine.image and "
        "engine.version.",
    ),
    "image of a model that is not there": (
        look(
            pod("p", waiting("ImagePullBackOff", 'Back-off pulling image "h.x/llm/qwen:1": not found')),
            spec={"model": "oci://h.x/llm/qwen:1/models"},
        ),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "InProgress",
        "Image h.x/llm/qwen:1 cannot be pulled: the registry does not have it: check model.",
    ),
    "image of a model without a program to copy it": (
        look(
            pod(
                "p",
                waiting("RunContainerError", 'exec: "cp": executable file not found in $PATH', name="model", init=True),
                waiting("PodInitializing"),
            ),
            spec={"model": "oci://h.x/llm/qwen:1/models"},
        ),
        "StartError",
        Reason.CONTAINER_REFUSED,
        "InProgress",
        "The model's image has no program cp, and without image volumes the model is copied out of it. Add cp to the "
        "image, or set imageVolumes in the operator's configuration.",
    ),
    "image behind a login": (
        look(pod("p", waiting("ImagePullBackOff", "Back-off pulling image: ErrImagePull: 401 Unauthorized"))),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "InProgress",
        "Image vllm/vllm-openai:v0.32.0 cannot be pulled: the registry refuses access, or it does not exist there: "
        "check engine.image and engine.imagePullSecrets.",
    ),
    "image error told by its event": (
        look(
            pod("qwen-7d4b9-x1", waiting("ImagePullBackOff", "Back-off pulling image")),
            events=(event("Failed", "Failed to pull image: toomanyrequests: rate limit"),),
        ),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "InProgress",
        "Image vllm/vllm-openai:v0.32.0 cannot be pulled: the registry limits pulls: log in with "
        "engine.imagePullSecrets, or pull from a mirror.",
    ),
    "image error that lasts": (
        look(pod("p", waiting("ErrImagePull", "not found"), unready_since=ago(hours=2))),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "Failed",
        "Image vllm/vllm-openai:v0.32.0 cannot be pulled: the registry does not have it: check engine.image and "
        "engine.version.",
    ),
    "secret missing since the pod was made": (
        look(
            pod(
                "p",
                waiting("CreateContainerConfigError", 'secret "hf" not found'),
                unready_since=None,
                created_at=ago(hours=2),
            ),
            spec=HF,
        ),
        "NoSecret",
        Reason.SECRET_MISSING,
        "Failed",
        "Secret hf does not exist. Create it, or change huggingFace.tokenSecret.",
    ),
    "Events of another pod": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating")),
            events=(event("FailedMount", "no such volume", about="Pod/qwen-7d4b9-x2"),),
        ),
        "Starting",
        Reason.STARTING,
        "InProgress",
        "The pod's container is being created on node node-1.",
    ),
    "image error of another pod": (
        look(
            pod("qwen-7d4b9-x1", waiting("ImagePullBackOff", "Back-off pulling image")),
            events=(event("Failed", "unauthorized", about="Pod/x"), event("Pulling", "manifest unknown")),
        ),
        "ImageError",
        Reason.IMAGE_PULL_FAILED,
        "InProgress",
        "Image vllm/vllm-openai:v0.32.0 cannot be pulled: the pull fails.",
    ),
    "a runtime that the node does not have, for longer than a model may load": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating"), scheduled_at=ago(hours=2)),
            events=(event("FailedCreatePodSandBox", 'no runtime for "nvidia" is configured'),),
        ),
        "NoRuntime",
        Reason.RUNTIME_CLASS_MISSING,
        "Failed",
        "The node's container runtime has no handler nvidia. Set it up on the node, or change gpu.runtimeClassName.",
    ),
    "a pod that cannot be set up": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating")),
            events=(event("FailedCreatePodSandBox", "Failed to create pod sandbox: no address left"),),
        ),
        "StartError",
        Reason.CONTAINER_REFUSED,
        "InProgress",
        "The pod cannot be set up: Failed to create pod sandbox: no address left.",
    ),
    "secret missing": (
        look(pod("p", waiting("CreateContainerConfigError", 'secret "hf" not found')), spec=HF),
        "NoSecret",
        Reason.SECRET_MISSING,
        "InProgress",
        "Secret hf does not exist. Create it, or change huggingFace.tokenSecret.",
    ),
    "api key missing": (
        look(
            pod("p", waiting("CreateContainerConfigError", "couldn't find key key in Secret team/door")),
            spec={"auth": {"apiKeySecret": {"name": "door", "key": "key"}}},
        ),
        "NoSecret",
        Reason.SECRET_MISSING,
        "InProgress",
        "Secret door has no key key. Add it, or change auth.apiKeySecret.",
    ),
    "volume held by another node": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating")),
            events=(event("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1"'),),
        ),
        "NoVolume",
        Reason.MOUNT_FAILED,
        "InProgress",
        "The cache's volume is in use on another node and can be on one only. Use a claim that is ReadWriteMany, or "
        "keep all pods on that node (nodeSelector).",
    ),
    "node that does not answer": (
        look(pod("p", engine(ready=False)), nodes=[node(ready=False)]),
        "NodeLost",
        Reason.NODE_NOT_READY,
        "InProgress",
        "Node node-1 does not answer. Kubernetes moves its pods after about five minutes.",
    ),
    # crashes
    "first crash, loading again": (
        look(pod("p", replace(LOADING, restarts=1, last_termination=died(1, message="ValueError: boom")))),
        "Restarting",
        Reason.CRASH_LOOP,
        "InProgress",
        "The engine in pod p crashed (exit code 1). Its log ends with: ValueError: boom. The model has been "
        "loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "crash loop of a first revision": (
        look(pod("p", CRASHED)),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "Failed",
        "The engine in pod p crashed 4 times, the last time with exit code 1. Its log ends with: ValueError: boom.",
    ),
    "the third crash of a first revision": (
        look(pod("p", replace(CRASHED, restarts=3))),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "Failed",
        "The engine in pod p crashed 3 times, the last time with exit code 1. Its log ends with: ValueError: boom.",
    ),
    "a container that could not start and now runs": (
        look(
            pod(
                "p",
                replace(LOADING, restarts=1, last_termination=died(128, reason="StartError", message="no such file")),
            )
        ),
        "Restarting",
        Reason.CRASH_LOOP,
        "InProgress",
        "The engine in pod p crashed (exit code 128). Its log ends with: no such file. The model has been loading for "
        "40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "crash loop of a revision with one to go back to": (
        look(pod("old", revision="qwen-old"), pod("p", CRASHED), rollout=TRYING),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "InProgress",
        "The revision before answers (1 replica). The engine in pod p crashed 4 times, the last time with exit code 1. "
        "Its log ends with: ValueError: boom.",
    ),
    "crash loop for a reason that passes": (
        look(
            pod(
                "p",
                replace(CRASHED, last_termination=died(1, message="OSError: We couldn't connect to 'https://hf.co'")),
            )
        ),
        "CrashLoop",
        Reason.HUB_UNREACHABLE,
        "InProgress",
        "The engine in pod p crashed 4 times, the last time with exit code 1. The hub at https://hf.co cannot be "
        "reached, and the cache does not have the model. Set huggingFace.endpoint to a mirror that pods can reach, or "
        "fill the cache.",
    ),
    "crashes that are weeks apart": (
        look(pod("p", waiting("ContainerCreating", restarts=9, last_termination=died(0, after=timedelta(days=9))))),
        "Restarting",
        Reason.CRASH_LOOP,
        "InProgress",
        "The engine in pod p crashed 9 times, the last time with exit code 0, as if all were well. Its log tells more: "
        "kubectl logs p -c engine --previous.",
    ),
    "log of the crash": (
        look(pod("qwen-7d4b9-x1", CRASHED), logs=(LOG,)),
        "OutOfMemory",
        Reason.OUT_OF_GPU_MEMORY,
        "Failed",
        "The engine in pod qwen-7d4b9-x1 crashed 4 times, the last time with exit code 1. The GPU's memory is full: "
        "2.00 GiB more were asked for. Raise gpu.count, lower serving.contextLength or "
        "serving.maxConcurrentRequests, or use a quantised model.",
    ),
    "killed for memory under a limit": (
        look(
            pod("p", waiting("CrashLoopBackOff", restarts=4, last_termination=died(137, reason="OOMKilled"))),
            spec={"resources": {"limits": {"memory": "2Gi"}}},
        ),
        "OutOfMemory",
        Reason.OUT_OF_MEMORY,
        "Failed",
        "The engine in pod p crashed 4 times, the last time with exit code 137, it was killed. It needed more memory "
        "than resources.limits.memory allows (2Gi). Raise it.",
    ),
    "killed for memory without a limit": (
        look(pod("p", waiting("CrashLoopBackOff", restarts=1, last_termination=died(137, reason="OOMKilled")))),
        "OutOfMemory",
        Reason.OUT_OF_MEMORY,
        "InProgress",
        "The engine in pod p crashed (exit code 137, it was killed). The node ran out of memory. Raise "
        "resources.requests.memory, so that it gets a node with enough.",
    ),
    "between two runs": (
        look(pod("p", engine(ready=False, started=False, state="terminated", restarts=1, terminated=died(1)))),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "InProgress",
        "The engine in pod p crashed 2 times, the last time with exit code 1. Its log tells more: kubectl logs p -c "
        "engine --previous.",
    ),
    "killed at an unknown time": (
        look(pod("p", replace(LOADING, restarts=1, last_termination=died(137, started_at=None)))),
        "Restarting",
        Reason.CRASH_LOOP,
        "InProgress",
        "The engine in pod p crashed (exit code 137, it was killed). Its log tells more: kubectl logs p -c engine "
        "--previous. The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "too slow": (
        look(pod("p", replace(LOADING, restarts=1, last_termination=died(137, after=SLOW)))),
        "TooSlow",
        Reason.STARTUP_TIMEOUT,
        "InProgress",
        "The engine in pod p crashed (exit code 137, it was killed). It did not answer within 3600 s. Raise "
        "startupTimeoutSeconds. The model has been loading for 40 s of at most 3600 s "
        "(startupTimeoutSeconds).",
    ),
    "too slow, and stops well when told": (
        look(pod("p", replace(LOADING, restarts=1, last_termination=died(0, after=SLOW)))),
        "TooSlow",
        Reason.STARTUP_TIMEOUT,
        "InProgress",
        "The engine in pod p crashed (exit code 0, as if all were well). It did not answer within 3600 s. Raise "
        "startupTimeoutSeconds. The model has been loading for 40 s of at most 3600 s "
        "(startupTimeoutSeconds).",
    ),
    "killed by its liveness probe": (
        look(
            pod("qwen-7d4b9-x1", replace(LOADING, restarts=1, last_termination=died(137, after=timedelta(hours=9)))),
            events=(event("Unhealthy", "Liveness probe failed: Get /health: context deadline exceeded"),),
        ),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 crashed (exit code 137, it was killed). It no longer answered and was "
        "restarted: Liveness probe failed: Get /health: context deadline exceeded. The model has been "
        "loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "crashed once, loaded again, and no longer answers": (
        look(pod("p", engine(ready=False, restarts=4, last_termination=died(1)), unready_since=ago(minutes=1))),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod p runs but does not answer its readiness probe.",
    ),
    "a first revision that the rollout has given up": (
        look(
            pod("p", waiting("CrashLoopBackOff", restarts=1, last_termination=died(137, after=SLOW))),
            rollout=RolloutFacts(Verdict.TRYING, REVISION, why="it did not answer", why_reason="StartupTimeout"),
        ),
        "TooSlow",
        Reason.STARTUP_TIMEOUT,
        "Failed",
        "The engine in pod p crashed (exit code 137, it was killed). It did not answer within 3600 s. Raise "
        "startupTimeoutSeconds.",
    ),
    "a container beside the engine that crashes": (
        look(pod("p", LOADING, waiting("CrashLoopBackOff", name="side", restarts=1, last_termination=died(2)))),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "InProgress",
        "Container side of p crashed (exit code 2). Its log tells more: kubectl logs p -c side --previous. The model "
        "has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "a hub out of reach for longer than a model may load": (
        look(
            pod(
                "p",
                replace(CRASHED, last_termination=died(1, message="OSError: We couldn't connect to 'https://hf.co'")),
                unready_since=ago(hours=2),
            )
        ),
        "CrashLoop",
        Reason.HUB_UNREACHABLE,
        "Failed",
        "The engine in pod p crashed 4 times, the last time with exit code 1. The hub at https://hf.co cannot be "
        "reached, and the cache does not have the model. Set huggingFace.endpoint to a mirror that pods can reach, or "
        "fill the cache.",
    ),
    "init container that crashes": (
        look(
            pod(
                "p",
                waiting("CrashLoopBackOff", name="fetch", init=True, restarts=4, last_termination=died(3)),
                waiting("PodInitializing"),
            )
        ),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "Failed",
        "Init container fetch of pod p crashed 4 times, the last time with exit code 3. Its log tells more: "
        "kubectl logs p -c fetch --previous.",
    ),
    "init container that is done": (
        look(
            pod(
                "p",
                engine(name="fetch", init=True, ready=False, state="terminated", terminated=died(0)),
                LOADING,
            )
        ),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "crashed once and answers again": (
        look(pod("p", engine(restarts=7, last_termination=died(1)))),
        "Ready",
        Reason.READY,
        "Current",
        "The replica answers.",
    ),
    "a probe whose program is missing": (
        look(pod("qwen-7d4b9-x1", LOADING), events=(event("Unhealthy", NO_SHELL),)),
        "StartError",
        Reason.CONTAINER_REFUSED,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but its image has no program sh, which the kubelet runs to ask it. "
        "Check engine.image and engine.type.",
    ),
    "a probe whose program is missing, for longer than a model may load": (
        look(
            pod("qwen-7d4b9-x1", replace(LOADING, running_since=ago(hours=2))), events=(event("Unhealthy", NO_SHELL),)
        ),
        "StartError",
        Reason.CONTAINER_REFUSED,
        "Failed",
        "The engine in pod qwen-7d4b9-x1 runs, but its image has no program sh, which the kubelet runs to ask it. "
        "Check engine.image and engine.type.",
    ),
    "an own server without that health path": (
        look(pod("qwen-7d4b9-x1", LOADING), spec=OWN, events=(event("Unhealthy", STARTUP.format("404")),)),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but it answers 404 at /up. Change engine.custom.healthPath to a path "
        "that answers 200 once it can serve.",
    ),
    "an own server that wants a key at its health path": (
        look(pod("qwen-7d4b9-x1", LOADING), spec=OWN, events=(event("Unhealthy", STARTUP.format("401")),)),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but it answers 401 at /up, where the kubelet asks without a key. Change "
        "engine.custom.healthPath to a path that answers 200 once it can serve.",
    ),
    "an image that is another server": (
        look(pod("qwen-7d4b9-x1", LOADING), events=(event("Unhealthy", STARTUP.format("404")),)),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but it answers 404 at its probe's path. Check engine.image and "
        "podTemplate.",
    ),
    "an own server on another port": (
        look(pod("qwen-7d4b9-x1", LOADING), spec=OWN, events=(event("Unhealthy", REFUSED),)),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds). Nothing listens on port 9000 "
        "so far: engine.custom.port must be the server's.",
    ),
    "an engine that does not listen before it has loaded": (
        look(pod("qwen-7d4b9-x1", LOADING), events=(event("Unhealthy", REFUSED),)),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "an engine that says that it loads": (
        look(pod("qwen-7d4b9-x1", LOADING), events=(event("Unhealthy", STARTUP.format("503")),)),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "an engine that fails while it loads": (
        look(pod("qwen-7d4b9-x1", LOADING), events=(event("Unhealthy", STARTUP.format("500")),)),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds). It answers 500 at its probe's "
        "path so far.",
    ),
    "a remote service that refuses its key": (
        look(
            pod("qwen-7d4b9-x1", engine(ready=False, running_since=ago(seconds=47)), unready_since=ago(seconds=49)),
            spec={"engine": {"type": "remote", "remote": {"url": "https://api.example.org/v1"}}},
            events=(event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
        ),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds). The service at "
        "engine.remote.url does not answer so far, or refuses engine.remote.apiKeySecret.",
    ),
    "a model that the engine cannot bring": (
        look(
            pod("qwen-7d4b9-x1", LOADING),
            events=(
                event("Unhealthy", "Startup probe failed: \x1b[?25hError: pull model manifest: file does not exist"),
            ),
        ),
        "DownloadError",
        Reason.DOWNLOAD_FAILED,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but it cannot bring its model: pull model manifest: file does not "
        "exist. Check model.",
    ),
    "an engine whose server is not up yet": (
        look(
            pod("qwen-7d4b9-x1", LOADING),
            events=(event("Unhealthy", "Startup probe failed: Error: could not connect to ollama server, run it"),),
        ),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 40 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "a probe of the run before": (
        look(
            pod("qwen-7d4b9-x1", replace(LOADING, running_since=ago(seconds=2))), events=(event("Unhealthy", NO_SHELL),)
        ),
        "Loading",
        Reason.LOADING,
        "InProgress",
        "The model has been loading for 0 s of at most 3600 s (startupTimeoutSeconds).",
    ),
    "an own server whose health path has gone": (
        look(
            pod("qwen-7d4b9-x1", engine(ready=False), unready_since=ago(minutes=1)),
            spec=OWN,
            events=(event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404"),),
        ),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs, but it answers 404 at /up. Change engine.custom.healthPath to a path "
        "that answers 200 once it can serve.",
    ),
    "no longer answers": (
        look(
            pod("qwen-7d4b9-x1", engine(ready=False), unready_since=ago(minutes=1)),
            events=(event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
        ),
        "NotAnswering",
        Reason.NOT_ANSWERING,
        "InProgress",
        "The engine in pod qwen-7d4b9-x1 runs but does not answer its readiness probe. Readiness probe failed: HTTP "
        "probe failed with statuscode: 503.",
    ),
    "the worst of several pods is told": (
        look(pod("a", LOADING), pod("b"), pod("c", CRASHED), spec={"replicas": 3}),
        "CrashLoop",
        Reason.CRASH_LOOP,
        "Failed",
        "1 of 3 replicas answer. The engine in pod c crashed 4 times, the last time with exit code 1. Its log ends "
        "with: ValueError: boom.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_status_tells_what_stands_in_the_way(case):
    seen, phase, reason, helm, message = CASES[case]
    status = told(seen)
    assert (status.phase, status.message) == (phase, message)
    assert condition(status, "Ready").reason == reason
    assert kstatus(status, generation=3) == helm


@pytest.mark.parametrize("case", CASES)
def test_time_alone_changes_nothing_before_the_next_look(case):
    seen = CASES[case][0]
    first = observed(seen)
    until = first.again - timedelta(milliseconds=1) if first.again else NOW + timedelta(hours=30)
    service = seen.service.model_copy(update={"status": first.status})
    later = replace(seen, service=service, facts=replace(seen.facts, now=max(until, seen.facts.now)))
    assert observed(later).status == first.status
