"""Containers that end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from looks import REVISION, TRYING, ago, died, engine, event, look, pod, waiting
from modelservice.api.reasons import Reason
from modelservice.facts.facts import LogFacts
from modelservice.facts.rollout import RolloutFacts, Verdict

LOADING = engine(ready=False, started=False, running_since=ago(seconds=47))
SLOW = timedelta(hours=1, seconds=20)
CRASHED = waiting("CrashLoopBackOff", restarts=4, last_termination=died(1, message="ValueError: boom"))
LOG = LogFacts(
    "qwen-7d4b9-x1", "engine", True, ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",)
)


CASES = {
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
}
