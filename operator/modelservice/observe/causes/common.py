"""Deaths that all Python engines on GPUs share: CUDA, disks, permissions, the Hugging Face hub."""

from __future__ import annotations

from modelservice.api.reasons import Reason
from modelservice.observe.causes.cause import cause

HUB = (
    cause(
        r"Invalid rev id: (?P<revision>\S+)",
        Reason.MODEL_NOT_FOUND,
        "The model has no revision {revision}.",
        "Change the part after @ in model.",
    ),
    cause(
        r"Access to model (?P<model>\S+) is restricted|You are trying to access a gated repo|Cannot access gated repo",
        Reason.MODEL_ACCESS_DENIED,
        "The model is gated, and the hub refuses access to it.",
        "Accept its terms on the hub, and set huggingFace.tokenSecret to a token of an account that did.",
    ),
    cause(
        r"awaiting a review from the repo authors|Your request to access model (?P<model>\S+)",
        Reason.MODEL_ACCESS_DENIED,
        "The model is gated, and access has not been granted yet.",
        "Wait for the model's owners, or change huggingFace.tokenSecret.",
    ),
    cause(
        r"^(?:\S+: )?(?P<model>\S+) is not a local folder and is not a valid model identifier",
        Reason.MODEL_NOT_FOUND,
        "The hub has no model {model}, or it is private.",
        "Change model, or set huggingFace.tokenSecret to a token that may read it.",
    ),
    cause(
        r"Repository Not Found for url: (?P<url>\S+?)\.?$",
        Reason.MODEL_NOT_FOUND,
        "The hub has nothing at {url}, or it is private.",
        "Change model, or set huggingFace.tokenSecret to a token that may read it.",
    ),
    cause(
        r"(?:401|403) (?:Client Error|Unauthorized|Forbidden)|Invalid (?:username or password|user token|credentials)",
        Reason.MODEL_ACCESS_DENIED,
        "The hub refuses the token.",
        "Change huggingFace.tokenSecret to a token that may read the model.",
    ),
    cause(
        r"Repo id must be in the form .*?: '(?P<path>/[^']*)'",
        Reason.MODEL_NOT_FOUND,
        "The container has no folder {path}.",
        "Change model, or mount the folder (cache.mountPath, podTemplate).",
    ),
    cause(
        r"offline mode is enabled|outgoing traffic has been disabled|OfflineModeIsEnabled",
        Reason.MODEL_NOT_FOUND,
        "The model is not in the cache, and the hub must not be asked.",
        "Fill the cache, or unset huggingFace.offline and cache.readOnly.",
    ),
    cause(
        r"429 Too Many Requests|HTTP Error 429",
        Reason.HUB_UNREACHABLE,
        "The hub answers 429: too many requests.",
        "Set huggingFace.tokenSecret for a higher limit, huggingFace.endpoint for a mirror, or a cache.",
        passing=True,
    ),
    cause(
        r"(?:Server error '|HTTP Error )(?P<code>5\d\d)[^\n]*?(?P<hub>https?://[^/\s']+)",
        Reason.HUB_UNREACHABLE,
        "The hub at {hub} answers {code}.",
        "Wait, or set huggingFace.endpoint to a mirror.",
        passing=True,
    ),
    cause(
        r"We couldn't connect to '(?P<hub>[^']+)'",
        Reason.HUB_UNREACHABLE,
        "The hub at {hub} cannot be reached, and the cache does not have the model.",
        "Set huggingFace.endpoint to a mirror that pods can reach, or fill the cache.",
        passing=True,
    ),
    cause(
        r"(?P<what>Temporary failure in name resolution|Name or service not known|Connection refused"
        r"|CERTIFICATE_VERIFY_FAILED)[^\n]*(?:hugging|hf_hub|/resolve/)",
        Reason.HUB_UNREACHABLE,
        "The hub cannot be reached: {what}.",
        "Set huggingFace.endpoint to a mirror that pods can reach, or fill the cache.",
        passing=True,
    ),
)

FILES = (
    cause(
        r"unable to write to file </?torch_\S*>.*No space left on device|[Bb]us error.*shared memory|"
        r"insufficient shared memory|/dev/shm.*No space left on device",
        Reason.SHARED_MEMORY_TOO_SMALL,
        "/dev/shm is full.",
        "Raise sharedMemory.sizeLimit, and resources.limits.memory with it.",
    ),
    cause(
        r"No space left on device(?:: '?(?P<path>/[^'\n]*))?",
        Reason.DISK_FULL,
        "A volume is full: {path}.",
        "Use a bigger cache (cache.size, cache.claimName), or free room in it.",
    ),
    cause(
        r"Read-only file system: '(?P<path>[^']*)'",
        Reason.PERMISSION_DENIED,
        "{path} is read-only.",
        "Unset cache.readOnly, or fill the cache first.",
    ),
    cause(
        r"PermissionError: .*Permission denied: '(?P<path>[^']*)'",
        Reason.PERMISSION_DENIED,
        "The engine may not use {path}.",
        "Change the owner of the files, or securityContext.runAsUser and fsGroup.",
    ),
    cause(
        r"SafetensorError: (?P<what>[^\n]+)",
        Reason.MODEL_INCOMPLETE,
        "A weights file of the model is broken: {what}.",
        "Delete it from the cache so that it is fetched again, or change model.",
    ),
    cause(
        r"ModuleNotFoundError: No module named '(?P<module>[^']+)'",
        Reason.CONTAINER_REFUSED,
        "The image lacks the Python module {module}.",
        "Change engine.image or engine.version.",
    ),
)

MEMORY = (
    cause(
        r"CUDA out of memory\. Tried to allocate (?P<asked>[\d.]+ [KMGT]iB)",
        Reason.OUT_OF_GPU_MEMORY,
        "The GPU's memory is full: {asked} more were asked for.",
        "Raise gpu.count, lower serving.contextLength or serving.maxConcurrentRequests, or use a quantised model.",
    ),
    cause(
        r"CUDA(?: error:)? out of memory|HIP out of memory|OutOfMemoryError",
        Reason.OUT_OF_GPU_MEMORY,
        "The GPU's memory is full.",
        "Raise gpu.count, lower serving.contextLength or serving.maxConcurrentRequests, or use a quantised model.",
    ),
    cause(
        r"can't allocate memory: you tried to allocate (?P<bytes>\d+) bytes",
        Reason.OUT_OF_MEMORY,
        "The memory limit does not allow {bytes} bytes more.",
        "Raise resources.limits.memory.",
    ),
    cause(
        r"\bMemoryError\b|Cannot allocate memory",
        Reason.OUT_OF_MEMORY,
        "There is not enough memory.",
        "Raise resources.limits.memory.",
    ),
)

GPUS = (
    cause(
        r"NVIDIA driver on your system is too old \(found version (?P<version>\d+)\)",
        Reason.GPU_NOT_SUPPORTED,
        "The node's NVIDIA driver (CUDA {version}) is older than this image needs.",
        "Update the driver, or choose an older engine.version.",
    ),
    cause(
        r"CUDA driver version is insufficient|forward compatibility was attempted on non supported HW"
        r"|unsupported toolchain",
        Reason.GPU_NOT_SUPPORTED,
        "The node's NVIDIA driver is older than this image needs.",
        "Update the driver, or choose an older engine.version.",
    ),
    cause(
        r"no kernel image is available for execution on the device",
        Reason.GPU_NOT_SUPPORTED,
        "The image has no code for this GPU.",
        "Change gpu.products, engine.version or engine.image.",
    ),
    cause(
        r"Bfloat16 is only supported on GPUs with compute capability of at least [\d.]+\. Your (?P<gpu>.+?) GPU",
        Reason.GPU_NOT_SUPPORTED,
        "{gpu} cannot compute in bfloat16.",
        "Set {field} to half.",
        option="dtype",
    ),
    cause(
        r"The quantization method (?P<method>\S+) is not supported for the current GPU",
        Reason.GPU_NOT_SUPPORTED,
        "This GPU cannot compute in {method}.",
        "Change {field} or gpu.products.",
        option="quantization",
    ),
    cause(
        r"No CUDA GPUs are available|Failed to infer device type|libcuda\.so\.1: cannot open shared object"
        r"|Found no NVIDIA driver|NVMLError|no CUDA-capable device is detected",
        Reason.GPU_NOT_VISIBLE,
        "The container sees no GPU.",
        "Set gpu.count above 0 and gpu.runtimeClassName to the cluster's NVIDIA runtime, or use an image for CPU.",
    ),
    cause(
        r"(?P<what>uncorrectable ECC error|CUDA error: [^\n]+|NCCL error[^\n]*|ncclSystemError[^\n]*"
        r"|Driver/library version mismatch)",
        Reason.GPU_FAILED,
        "A GPU failed: {what}.",
        "Look at the node's GPUs and driver, and move the pod if it happens again.",
        passing=True,
    ),
)

OTHER = (
    cause(
        r"address already in use",
        Reason.INVALID_ENVIRONMENT,
        "The engine's port is taken.",
        "Unset hostNetwork in podTemplate, or take --port out of engine.args.",
    ),
)

COMMON = (*HUB, *FILES, *MEMORY, *GPUS, *OTHER)
