"""The word in the STATUS column: short, as pods have it, one for each reason why a service is ready or is not."""

from __future__ import annotations

from modelservice.api.reasons import Reason

RESTARTING = "Restarting"
"""One crash, as opposed to a loop of them; its reason is whatever caused it."""

PHASES: dict[str, tuple[Reason, ...]] = {
    "Ready": (Reason.READY,),
    "Suspended": (Reason.SUSPENDED,),
    "Suspending": (Reason.SUSPENDING,),
    "ScaledToZero": (Reason.SCALED_TO_ZERO,),
    "Draining": (Reason.DRAINING,),
    "Terminating": (Reason.TERMINATING,),
    "Invalid": (
        Reason.INVALID_SPEC,
        Reason.LOADER_MISSING,
        Reason.UNKNOWN_OPTION,
        Reason.INVALID_OPTION,
        Reason.UNSUPPORTED_BY_ENGINE,
        Reason.INVALID_POD_TEMPLATE,
        Reason.REJECTED,
    ),
    "Conflict": (Reason.NAME_CONFLICT, Reason.FOREIGN_AUTOSCALER),
    "Forbidden": (Reason.FORBIDDEN,),
    "NoQuota": (Reason.QUOTA_EXCEEDED,),
    "Refused": (Reason.POD_REFUSED,),
    "Reverted": (Reason.REVERTED,),
    "Progressing": (Reason.PROGRESSING, Reason.ROLLING_OUT),
    "Pending": (Reason.UNSCHEDULABLE, Reason.SCHEDULING_GATED),
    "NoGPU": (Reason.NOT_ENOUGH_GPUS,),
    "NoNode": (Reason.NO_MATCHING_NODE,),
    "NoVolume": (Reason.CLAIM_MISSING, Reason.CLAIM_NOT_BOUND, Reason.CLAIM_LOST, Reason.MOUNT_FAILED),
    "NoRuntime": (Reason.RUNTIME_CLASS_MISSING,),
    "NodeLost": (Reason.NODE_NOT_READY,),
    "NoSecret": (Reason.SECRET_MISSING,),
    "NoConfig": (Reason.CONFIG_MISSING,),
    "ImageError": (Reason.IMAGE_PULL_FAILED,),
    "StartError": (Reason.CONTAINER_REFUSED,),
    "Pulling": (Reason.PULLING_IMAGE,),
    "Starting": (Reason.STARTING,),
    "Downloading": (Reason.DOWNLOADING,),
    "DownloadError": (Reason.DOWNLOAD_FAILED, Reason.TOKEN_MISSING, Reason.MODEL_GATED, Reason.HASH_MISMATCH),
    "Loading": (Reason.LOADING,),
    "TooSlow": (Reason.STARTUP_TIMEOUT,),
    "NotAnswering": (Reason.NOT_ANSWERING,),
    "Evicted": (Reason.EVICTED,),
    "OutOfMemory": (Reason.OUT_OF_MEMORY, Reason.OUT_OF_GPU_MEMORY, Reason.SHARED_MEMORY_TOO_SMALL),
    RESTARTING: (),
    "CrashLoop": (
        Reason.CRASH_LOOP,
        Reason.MODEL_NOT_FOUND,
        Reason.MODEL_ACCESS_DENIED,
        Reason.MODEL_INCOMPLETE,
        Reason.MODEL_NOT_SUPPORTED,
        Reason.REMOTE_CODE_NOT_TRUSTED,
        Reason.ADAPTER_NOT_FOUND,
        Reason.HUB_UNREACHABLE,
        Reason.CONTEXT_TOO_LONG,
        Reason.DISK_FULL,
        Reason.PERMISSION_DENIED,
        Reason.GPU_NOT_VISIBLE,
        Reason.GPU_NOT_SUPPORTED,
        Reason.GPU_FAILED,
        Reason.INVALID_ENVIRONMENT,
    ),
}

_PHASE_OF = {reason: phase for phase, reasons in PHASES.items() for reason in reasons}


def phase(reason: Reason) -> str:
    """The word for a reason why a service is or is not ready."""
    return _PHASE_OF.get(reason, reason.value)


def named(word: str, otherwise: Reason) -> Reason:
    """The reason of that name, if a service can wait for it."""
    return next((reason for reason in _PHASE_OF if reason.value == word), otherwise)
