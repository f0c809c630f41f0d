"""Pods without a node."""

from __future__ import annotations

from dataclasses import replace

from looks import ago, homeless, look, node
from modelservice.api.reasons import Reason
from modelservice.facts.cluster import ClusterFacts, StorageClassFacts
from modelservice.facts.workload import ClaimFacts

NO_GPU = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: 0/1 nodes are available: 1 No victims."
CACHE = {"cache": {"claimName": "models"}}
CLASSES = ClusterFacts(
    nodes=(node(),), storage_classes=(StorageClassFacts("fast"), StorageClassFacts("lazy", "WaitForFirstConsumer"))
)
NO_CLAIM = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none."


CASES = {
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
}
