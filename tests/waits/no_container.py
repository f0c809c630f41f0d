"""Pods on a node whose containers do not start."""

from __future__ import annotations

from looks import ago, engine, event, look, node, pod, waiting
from modelservice.api.reasons import Reason

HF = {"huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}


CASES = {
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
    "a kubelet that has not read the pod's objects yet": (
        look(
            pod("qwen-7d4b9-x1", waiting("ContainerCreating")),
            events=(
                event(
                    "FailedMount",
                    'MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : failed to sync configmap cache: '
                    "timed out waiting for the condition",
                ),
            ),
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
}
