"""Engines that run and do not answer."""

from __future__ import annotations

from dataclasses import replace

from looks import ago, died, engine, event, look, pod, waiting
from modelservice.api.reasons import Reason

LOADING = engine(ready=False, started=False, running_since=ago(seconds=47))
CRASHED = waiting("CrashLoopBackOff", restarts=4, last_termination=died(1, message="ValueError: boom"))
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


CASES = {
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
