"""The spec of a ModelService: what an application team says about a model that it wants served."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelservice.api.base import Atomic, Late, Model, Rule, Rules
from modelservice.api.engine import Engine, Serving
from modelservice.api.references import SecretKeyRef
from modelservice.api.rules import (
    CACHE_RULES,
    DETAILS_FIT,
    EXTENDED_RESOURCE,
    MODEL_REQUIRED,
    MODEL_RULES,
    NO_GPU_IN_RESOURCES,
    PRODUCTS_NEED_GPUS,
    SERVICE_RULES,
    own_labels,
)
from modelservice.api.types import (
    Affinity,
    ClassName,
    FreeMap,
    LabelValue,
    MountPath,
    ObjectName,
    ObjectNameOrNone,
    PodSecurityContext,
    Port,
    Quantity,
    ResourceName,
    ResourceRequirements,
    Sha256,
    SpreadConstraints,
    StringMap,
    Text,
    Tolerations,
    Url,
)


class RolloutStrategy(StrEnum):
    AUTO = "Auto"
    SURGE = "Surge"
    REPLACE = "Replace"
    RECREATE = "Recreate"


class CachePruning(StrEnum):
    NEVER = "Never"
    UNUSED = "Unused"


class ModelSource(Model):
    """What some sources need besides the reference in `model`."""

    credentials_secret: ObjectName | None = Field(
        None,
        description="Name of the Secret with the credentials of the store, for example `bucket`; its keys become the "
        "loader's environment, such as `AWS_ACCESS_KEY_ID`. Default: none, a public store.",
    )
    endpoint: Url | None = Field(
        None,
        description="URL of an S3-compatible store, for example `https://minio.example.org`, or of another ModelScope "
        "or Cloud Storage. Default: the public one.",
    )
    include: Annotated[list[Text], Atomic()] = Field(
        default_factory=list,
        max_length=50,
        description="Only files that match one of these patterns, for example `*.safetensors`. Default: from a hub all "
        "but copies of the weights in other formats, from a store all.",
    )
    exclude: Annotated[list[Text], Atomic()] = Field(
        default_factory=list,
        max_length=50,
        description="No file that matches one of these patterns, for example `original/*`.",
    )
    sha256: Sha256 | None = Field(None, description="Expected SHA-256 of a single file, 64 hex digits.")


class HuggingFace(Model):
    """How the Hugging Face hub is reached."""

    token_secret: SecretKeyRef | None = Field(
        None, description="Secret with the access token, for gated and private models."
    )
    endpoint: Url | None = Field(None, description="URL of a mirror, for example `https://hf-mirror.com`.")
    offline: Annotated[bool, Late()] = Field(
        False, description="Never go out: the model must be there. A read-only cache implies it."
    )


class Gpu(Model):
    """The accelerators of each replica."""

    count: Annotated[int, Field(ge=0, le=64)] | None = Field(
        None,
        description="GPUs per replica, all on one node; 0 is CPU. Default: 0 for llamacpp, ollama, mock, custom and "
        "remote, 1 for the other engines.",
    )
    resource_name: Annotated[ResourceName, Late(), Rules((EXTENDED_RESOURCE,))] = Field(
        "nvidia.com/gpu",
        description="Extended resource to ask for: `nvidia.com/gpu`, `amd.com/gpu`, a MIG slice such as "
        "`nvidia.com/mig-1g.10gb`, a vGPU.",
    )
    runtime_class_name: ObjectNameOrNone | None = Field(
        None,
        description='RuntimeClass of the pods, "" for none. Default: `nvidia` for NVIDIA where the cluster has it.',
    )
    products: Annotated[list[LabelValue], Atomic()] = Field(
        default_factory=list,
        max_length=50,
        description="Node label `nvidia.com/gpu.product` must be one of these, such as `NVIDIA-H200`. Default: any.",
    )


class Cache(Model):
    """Where model files are kept: an existing claim, or one that the operator makes. Default: lost with the pod."""

    cel: ClassVar[tuple[Rule, ...]] = CACHE_RULES

    claim_name: ObjectName | None = Field(
        None, description="An existing PersistentVolumeClaim in this namespace, for example `models`."
    )
    size: Quantity | None = Field(
        None, description="Size of a claim that the operator makes, for example `100Gi`. It can grow."
    )
    storage_class_name: ObjectName | None = Field(
        None, description="StorageClass of that claim. Default: the cluster's. Cannot be changed later."
    )
    access_modes: Annotated[
        list[Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]], Atomic()
    ] = Field(
        default_factory=list,
        max_length=4,
        description="Access modes of that claim. Default: `[ReadWriteOnce]`. Cannot be changed later.",
    )
    mount_path: MountPath = Field(
        "/cache/hub", description="Folder of the engine's container where the volume, a hub cache, is mounted."
    )
    sub_path: Annotated[str, Field(max_length=1024, pattern=r"^[^/].*$")] | None = Field(
        None, description="Folder within the volume that is mounted instead of its root, for example `hub`."
    )
    read_only: bool = Field(False, description="Mount it read-only: the model must be there, and nothing is fetched.")
    retain: Annotated[bool, Late()] = Field(
        True, description="Keep a claim that the operator made when the ModelService is deleted."
    )
    prefetch: bool | None = Field(
        None,
        description="Fetch the model once, before engines start, which then start offline: by a Job, or by an init "
        "container where a claim binds only with the engine's pod. It wants a loader in the operator's configuration. "
        "Default: where the volume is ReadWriteMany, a claim serves several replicas, or `prune` is `Unused`.",
    )
    prune: Annotated[CachePruning, Late()] = Field(
        CachePruning.NEVER,
        description="`Unused`: once a new revision of a hub's model serves, those that no ModelService of this "
        "namespace uses are removed. `Never` where another namespace or cluster mounts the same files: nobody sees "
        "who uses them there.",
    )


class SharedMemory(Model):
    """The memory-backed volume at /dev/shm, which is always there."""

    size_limit: Quantity | None = Field(
        None, description="How large /dev/shm may grow, for example `8Gi`. Default: only the pod's memory limit."
    )


class ServiceSpec(Model):
    """The Service that clients call."""

    cel: ClassVar[tuple[Rule, ...]] = SERVICE_RULES

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field("ClusterIP", description="Type of the Service.")
    port: Port = Field(8000, description="Port of the Service, whatever the engine's own is.")
    node_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="Fixed node port, for example 30080 (type NodePort or LoadBalancer). Default: any."
    )
    labels: Annotated[StringMap, Rules((own_labels("spec.service.labels"),))] = Field(
        default_factory=dict, description="Extra labels of the Service."
    )
    annotations: StringMap = Field(default_factory=dict, description="Extra annotations of the Service.")
    session_affinity: Literal["None", "ClientIP"] = Field(
        "None", description="`ClientIP` keeps a client on one replica."
    )
    load_balancer_class: ClassName | None = Field(None, description="Class of the load balancer (type LoadBalancer).")


class Auth(Model):
    """Who may call the model."""

    api_key_secret: SecretKeyRef | None = Field(
        None,
        description="Clients must send this key as a Bearer token. Default: open to all who reach the Service.",
    )


class Rollout(Model):
    """How a change reaches the pods."""

    strategy: Annotated[RolloutStrategy, Late()] = Field(
        RolloutStrategy.AUTO,
        description="`Surge` starts new pods first, `Replace` frees their place first, `Recreate` stops all first; "
        "`Auto` surges when there is no GPU and no single-node volume to wait for, else replaces.",
    )


class PodMetadata(Model):
    """Labels and annotations of the pods."""

    labels: Annotated[StringMap, Rules((own_labels("spec.podTemplate.metadata.labels"),))] = Field(
        default_factory=dict, description="Extra labels of the pods; never used in a selector."
    )
    annotations: StringMap = Field(default_factory=dict, description="Extra annotations of the pods.")


class PodTemplate(Model):
    """What no field above can say: merged over the rendered pod as `kubectl patch --type strategic` would."""

    metadata: PodMetadata = Field(default_factory=PodMetadata, description="Labels and annotations of the pods.")
    spec: FreeMap = Field(
        default_factory=dict, description="A partial PodSpec; the engine's container is named `engine`."
    )


class ModelServiceSpec(Model):
    """What to serve, with which engine, on what hardware."""

    cel: ClassVar[tuple[Rule, ...]] = (MODEL_REQUIRED, *DETAILS_FIT, *PRODUCTS_NEED_GPUS)

    model: Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[^\s]+$"), Rules(MODEL_RULES)] | None = Field(
        None,
        description="What to serve: `org/name` or `hf://org/name[@revision]`, `modelscope://org/name`, "
        "`pvc://claim/path`, `s3://`, `gs://`, `oci://image`, `https://...gguf`, `ollama://name:tag`, or an absolute "
        "path in the container. Required unless `engine.type` is `remote`.",
    )
    model_source: ModelSource = Field(
        default_factory=ModelSource, description="What some sources need besides `model`: credentials, endpoint, files."
    )
    served_names: Annotated[list[Annotated[str, Field(min_length=1, max_length=253)]], Atomic()] = Field(
        default_factory=list,
        max_length=20,
        description="Names that clients may send as `model`. Default: the model's id and the resource's name.",
    )
    engine: Engine = Field(default_factory=Engine, description="The inference server and what is said to it.")
    serving: Serving = Field(default_factory=Serving, description="Engine-neutral knobs, each passed on only when set.")
    hugging_face: HuggingFace = Field(default_factory=HuggingFace, description="How the Hugging Face hub is reached.")
    gpu: Gpu = Field(default_factory=Gpu, description="The accelerators of each replica.")
    resources: Annotated[ResourceRequirements, Rules(NO_GPU_IN_RESOURCES)] = Field(
        default_factory=dict,
        description="CPU and memory of the engine's container, for example `{limits: {memory: 16Gi}}`; GPUs belong in "
        "`gpu`. Default: requests by engine, no limits.",
    )
    cache: Cache | None = Field(
        None, description="Where model files are kept. Default: an emptyDir, lost with the pod."
    )
    shared_memory: SharedMemory = Field(
        default_factory=SharedMemory, description="The memory-backed volume at /dev/shm."
    )
    node_selector: StringMap = Field(
        default_factory=dict, description="Labels that a node must have, for example `{pool: gpu}`."
    )
    affinity: Affinity = Field(default_factory=dict, description="Affinity of the pods, as in a PodSpec.")
    tolerations: Tolerations = Field(
        default_factory=list,
        description="Taints that the pods tolerate, as in a PodSpec. GPU taints are tolerated anyway.",
    )
    topology_spread_constraints: SpreadConstraints = Field(
        default_factory=list, description="How replicas spread, as in a PodSpec."
    )
    priority_class_name: ObjectName | None = Field(
        None, description="PriorityClass of the pods. Default: the cluster's."
    )
    scheduler_name: ObjectName | None = Field(
        None, description="Scheduler of the pods, for example `volcano`. Default: the cluster's."
    )
    service_account_name: ObjectName | None = Field(
        None, description="ServiceAccount of the pods. Default: `default`, without a token."
    )
    security_context: PodSecurityContext = Field(
        default_factory=dict, description="Security context of the pods, as in a PodSpec."
    )
    replicas: Annotated[int, Field(ge=0, le=10000)] = Field(1, description="How many copies of the model serve.")
    suspend: bool = Field(False, description="Stop all replicas without deleting anything.")
    service: ServiceSpec = Field(default_factory=ServiceSpec, description="The Service that clients call.")
    auth: Auth = Field(default_factory=Auth, description="Who may call the model.")
    startup_timeout_seconds: Annotated[int, Field(ge=10, le=604800), Late()] = Field(
        3600,
        description="Seconds that a model may take from container start to the first answer, for example 7200.",
    )
    drain_timeout_seconds: Annotated[int, Field(ge=0, le=86400), Late()] = Field(
        60,
        description="Seconds that running requests may take to finish when a pod is stopped, for example 300.",
    )
    rollout: Rollout = Field(default_factory=Rollout, description="How a change reaches the pods.")
    pod_template: PodTemplate = Field(
        default_factory=PodTemplate,
        description="What no other field can say, merged over the pod as `kubectl patch --type strategic` would.",
    )
