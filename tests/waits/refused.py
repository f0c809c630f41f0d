"""What is refused, in conflict or taken back."""

from __future__ import annotations

from looks import REVISION, deployment, look, pod
from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.facts.rollout import RolloutFacts, Verdict

CASES = {
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
}
