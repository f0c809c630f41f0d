"""What each reason means and what to do about it: told by `modelservice explain`, and written into docs/reasons.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelservice.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """`remedy` is what to do; empty where there is nothing to do."""

    means: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Reasons that are about the same thing, with a few words before them."""

    title: str
    reasons: Mapping[Reason, Explanation]
    preface: str = ""


CHAPTERS = (
    Chapter(
        "All is well",
        {
            Reason.READY: Explanation("all wanted replicas answer"),
            Reason.AVAILABLE: Explanation("the condition `Available`: all wanted replicas answer"),
            Reason.PARTLY_READY: Explanation("some of the wanted replicas answer", "see `Ready` for the others"),
            Reason.NO_REPLICA_READY: Explanation("no replica answers", "see `Ready`"),
            Reason.SUSPENDED: Explanation(
                "`suspend` is true, and nothing is running", "set `suspend` to false to start"
            ),
            Reason.SCALED_TO_ZERO: Explanation("`replicas` is 0, and nothing is running", "raise `replicas`"),
            Reason.ACCEPTED: Explanation("the spec makes sense", "read the warnings in the message, if any"),
            Reason.SCHEDULED: Explanation("every pod has a node"),
            Reason.STABLE: Explanation("nothing is on the way"),
            Reason.NOT_STALLED: Explanation("nothing needs a person"),
            Reason.CACHE_READY: Explanation("the cache's claim is bound; with prefetch, the model is on it"),
            Reason.NO_CACHE: Explanation(
                "no cache was asked for: the engine finds or fetches the model at each start",
                "set `cache` to start faster",
            ),
            Reason.UP_TO_DATE: Explanation("what runs is what would be rendered today"),
            Reason.NEWER_DEFAULTS: Explanation(
                "the operator's configuration or the schema has newer defaults than what runs",
                "annotate `modelservice.io/restart` when it suits you",
            ),
            Reason.NEWER_OPERATOR: Explanation(
                "a newer operator would render the pods differently",
                "annotate `modelservice.io/restart` when it suits you",
            ),
        },
    ),
    Chapter(
        "On the way",
        {
            Reason.PROGRESSING: Explanation("objects are being made, or pods are being added", "wait"),
            Reason.ROLLING_OUT: Explanation("a new revision replaces the one before", "wait"),
            Reason.STARTING: Explanation("a pod waits for the scheduler, or its container is being created", "wait"),
            Reason.PULLING_IMAGE: Explanation("the node pulls the engine's image", "wait"),
            Reason.DOWNLOADING: Explanation(
                "a loader fetches the model into the cache: bytes done, rate and time left are in the message", "wait"
            ),
            Reason.LOADING: Explanation(
                "the engine runs and loads the model",
                "wait; raise `startupTimeoutSeconds` for a big model on slow storage",
            ),
            Reason.SUSPENDING: Explanation(
                "pods finish their requests and stop", "wait; `drainTimeoutSeconds` is the longest it takes"
            ),
            Reason.DRAINING: Explanation(
                "pods finish their requests and stop, on the way to 0 replicas",
                "wait; `drainTimeoutSeconds` is the longest it takes",
            ),
            Reason.TERMINATING: Explanation("the namespace is being deleted"),
        },
    ),
    Chapter(
        "The spec",
        {
            Reason.INVALID_SPEC: Explanation(
                "the spec cannot be read, or contradicts itself", "change the field that the message names"
            ),
            Reason.LOADER_MISSING: Explanation(
                "the model is to be fetched before engines start, and the operator knows no image of a loader",
                "set `loader.image` in the operator's configuration, or `cache.prefetch: false` for a model of the hub",
            ),
            Reason.UNKNOWN_OPTION: Explanation(
                "the engine has no such option in this version; nothing that ran was touched. In a crash loop: "
                "the engine said so",
                "take the nearest name that the message gives",
            ),
            Reason.INVALID_OPTION: Explanation(
                "the engine refuses an option's value; nothing that ran was touched. "
                "In a crash loop: the engine said so",
                "change the value in the field that the message names",
            ),
            Reason.UNSUPPORTED_BY_ENGINE: Explanation(
                "this engine cannot honour the field", "unset it, or change `engine.type`"
            ),
            Reason.INVALID_POD_TEMPLATE: Explanation("`podTemplate` changes what must stay", "change `podTemplate`"),
            Reason.REJECTED: Explanation(
                "the API server refuses what the spec comes to", "change the field that the message names"
            ),
            Reason.REVERTED: Explanation(
                "the last change crashed or never answered, and was taken back by itself; the revision before serves",
                "read why, and edit the spec: the next edit is tried again",
            ),
        },
    ),
    Chapter(
        "The cluster",
        {
            Reason.NAME_CONFLICT: Explanation(
                "an object of that name belongs to somebody else and is not touched",
                "delete or rename it, or rename the service",
            ),
            Reason.FOREIGN_AUTOSCALER: Explanation(
                "an autoscaler points at the Deployment, whose replicas belong to the service",
                "let its `scaleTargetRef` name the ModelService",
            ),
            Reason.FORBIDDEN: Explanation("the operator may not do that", "grant it the right that the message names"),
            Reason.QUOTA_EXCEEDED: Explanation(
                "a ResourceQuota has no room", "lower `replicas`, `gpu.count` or `resources`, or have the quota raised"
            ),
            Reason.POD_REFUSED: Explanation(
                "the cluster or the node refuses the pod: pod security, LimitRange, a missing ServiceAccount or "
                "PriorityClass",
                "change the field that the message names",
            ),
            Reason.RUNTIME_CLASS_MISSING: Explanation(
                "the RuntimeClass does not exist, or the node has no handler for it",
                "install it, or change `gpu.runtimeClassName`",
            ),
            Reason.NO_PODS: Explanation("fewer pods exist than are wanted", "see `Ready`"),
            Reason.NOT_ENOUGH_GPUS: Explanation(
                "no node has as many free GPUs as a replica asks for", "wait, free some, or lower `gpu.count`"
            ),
            Reason.NO_MATCHING_NODE: Explanation(
                "no node has the labels, the GPU product or the resource asked for",
                "change `gpu.products`, `gpu.resourceName` or `nodeSelector`, or add a node",
            ),
            Reason.UNSCHEDULABLE: Explanation(
                "no node takes the pod for another reason: memory, CPU, taints, affinity",
                "change the field that the message names",
            ),
            Reason.SCHEDULING_GATED: Explanation("a queue (such as Kueue) holds the pod", "wait for the queue"),
            Reason.NODE_NOT_READY: Explanation(
                "the pod's node does not answer", "wait five minutes until Kubernetes moves the pod, or mend the node"
            ),
            Reason.EVICTED: Explanation(
                "the node threw the pod out", "give it what it ran short of, most often memory or disk"
            ),
        },
    ),
    Chapter(
        "Volumes, Secrets, images",
        {
            Reason.CLAIM_MISSING: Explanation(
                "the PersistentVolumeClaim does not exist", "create it, or change `cache.claimName`"
            ),
            Reason.CLAIM_NOT_BOUND: Explanation(
                "the claim has no volume: its StorageClass is missing, or nothing provides one",
                "see the message; a claim's class cannot be changed later",
            ),
            Reason.CLAIM_LOST: Explanation(
                "the claim lost its volume, or is being deleted", "restore it, or change `cache`"
            ),
            Reason.MOUNT_FAILED: Explanation(
                "the node cannot mount a volume; often one that another node holds",
                "use a claim that is ReadWriteMany, or keep all pods on one node",
            ),
            Reason.SECRET_MISSING: Explanation(
                "a Secret or its key does not exist", "create it, or change the field that the message names"
            ),
            Reason.CONFIG_MISSING: Explanation(
                "a ConfigMap or its key does not exist", "create it, or change the field that the message names"
            ),
            Reason.IMAGE_PULL_FAILED: Explanation(
                "the image cannot be pulled", "check `engine.image`, `engine.version`, `engine.imagePullSecrets`"
            ),
            Reason.CONTAINER_REFUSED: Explanation(
                "the container, or a probe in it, cannot be started: no such program, or root where it is forbidden",
                "change the field that the message names",
            ),
            Reason.DOWNLOAD_FAILED: Explanation("the model could not be fetched into the cache", "see the message"),
            Reason.TOKEN_MISSING: Explanation(
                "the source wants a token or credentials that may read the model",
                "set `huggingFace.tokenSecret`, or `modelSource.credentialsSecret`",
            ),
            Reason.MODEL_GATED: Explanation(
                "the token's account or the credentials are known there, and may not read the model",
                "accept its terms on the hub, or let them read the bucket; it is tried again by itself",
            ),
            Reason.HASH_MISMATCH: Explanation(
                "what was fetched is not what was expected", "see the message; `modelSource.sha256` is what you expect"
            ),
        },
    ),
    Chapter(
        "The engine",
        {
            Reason.STARTUP_TIMEOUT: Explanation("the engine did not answer in time", "raise `startupTimeoutSeconds`"),
            Reason.NOT_ANSWERING: Explanation(
                "the engine runs, but its probes get no answer, or none any more",
                "see the message; look at its log; lower `serving.maxConcurrentRequests` if it is overloaded",
            ),
            Reason.OUT_OF_MEMORY: Explanation(
                "it needed more memory than it may have", "raise `resources.limits.memory`"
            ),
            Reason.OUT_OF_GPU_MEMORY: Explanation(
                "the GPU's memory is full", "raise `gpu.count`, lower `serving.contextLength`, or use a quantised model"
            ),
            Reason.SHARED_MEMORY_TOO_SMALL: Explanation("/dev/shm is full", "raise `sharedMemory.sizeLimit`"),
            Reason.CRASH_LOOP: Explanation(
                "it crashed, and its log names no cause that is known here", "read the line that the message quotes"
            ),
            Reason.MODEL_NOT_FOUND: Explanation(
                "the hub, the cache or the container has no such model or revision", "change `model`"
            ),
            Reason.MODEL_ACCESS_DENIED: Explanation(
                "the model is gated or private", "accept its terms, and set `huggingFace.tokenSecret`"
            ),
            Reason.MODEL_INCOMPLETE: Explanation(
                "files of the model are missing or broken",
                "complete the folder, or delete the broken file from the cache",
            ),
            Reason.MODEL_NOT_SUPPORTED: Explanation(
                "this engine version does not know the model's architecture", "change `engine.version` or `model`"
            ),
            Reason.REMOTE_CODE_NOT_TRUSTED: Explanation(
                "the model comes with Python code of its own",
                "read it, and set `serving.trustRemoteCode` if you trust it",
            ),
            Reason.ADAPTER_NOT_FOUND: Explanation(
                "a LoRA adapter is not where it should be", "change `serving.loraAdapters`"
            ),
            Reason.HUB_UNREACHABLE: Explanation(
                "the hub or store cannot be reached, fails, or limits requests",
                "wait, or set `huggingFace.endpoint`, `modelSource.endpoint` or a cache",
            ),
            Reason.CONTEXT_TOO_LONG: Explanation(
                "a longer context was asked for than the model has", "lower `serving.contextLength`"
            ),
            Reason.DISK_FULL: Explanation("a volume is full", "use a bigger `cache`"),
            Reason.PERMISSION_DENIED: Explanation(
                "the engine may not read or write a file", "change the files' owner, or `securityContext`"
            ),
            Reason.GPU_NOT_VISIBLE: Explanation(
                "the container sees no GPU", "check `gpu.count` and `gpu.runtimeClassName`"
            ),
            Reason.GPU_NOT_SUPPORTED: Explanation(
                "the driver is too old, or the GPU cannot compute what is asked",
                "update the driver, or change `engine.version`, `serving.dtype` or `gpu.products`",
            ),
            Reason.GPU_FAILED: Explanation("a GPU or the connection between GPUs failed", "look at the node"),
            Reason.INVALID_ENVIRONMENT: Explanation(
                "a variable or a port collides with the engine's own", "change `engine.env` or `podTemplate`"
            ),
        },
        preface="A single crash is shown as Restarting and a loop of them as CrashLoop, whatever caused "
        "it, unless its cause has a word of its own below. The reason is what the engine's log says.",
    ),
)

EXPLANATIONS: Mapping[Reason, Explanation] = {
    reason: explanation for chapter in CHAPTERS for reason, explanation in chapter.reasons.items()
}
