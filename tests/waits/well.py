"""It serves, or nothing runs as asked for."""

from __future__ import annotations

from looks import REVISION, look, pod
from modelservice.api.reasons import Reason
from modelservice.facts.rollout import RolloutFacts, Verdict

CASES = {
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
}
