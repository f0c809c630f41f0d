"""Pods that are on their way: creating, pulling, mounting, loading; and pods that were there and no longer answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from modelservice.api.reasons import Reason
from modelservice.facts.facts import EventFacts
from modelservice.facts.pods import PodFacts
from modelservice.observe.containers import explain_refusal
from modelservice.observe.probes import UNHEALTHY, probe_trouble
from modelservice.observe.seen import Seen
from modelservice.observe.wait import Needs, Wait
from modelservice.observe.words import doubling, elapsed, sentence

EVENTS_AFTER = timedelta(seconds=30)
"""Events, which alone tell what holds up such a pod, come late: they are worth a look then, and ever less often."""
MOUNT_EVENTS = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume"})
SANDBOX_EVENT = "FailedCreatePodSandBox"

_NOT_YET_READ = re.compile(r"failed to sync (configmap|secret) cache")
"""A busy kubelet has not heard of the pod's objects so far; it soon tries again, and then tells what is wrong."""
_MULTI_ATTACH = re.compile(r"Multi-Attach error")
_NO_HANDLER = re.compile(r"no runtime for \"(?P<handler>[^\"]+)\" is configured")


def node_lost(seen: Seen, pod: PodFacts) -> Wait | None:
    """The pod's node does not answer, so nothing else that is known of the pod holds."""
    for node in seen.facts.cluster.nodes or ():
        if pod.node and node.name == pod.node and not node.ready:
            message = f"Node {node.name} does not answer. Kubernetes moves its pods after about five minutes."
            return Wait(Reason.NODE_NOT_READY, message)
    return None


def creating(seen: Seen, pod: PodFacts) -> Wait | None:
    """A pod with a node whose engine does not run yet."""
    engine = pod.engine
    if not pod.scheduled or (engine is not None and engine.state == "running"):
        return None
    since = pod.scheduled_at or pod.created_at or seen.facts.now
    again = doubling(since, seen.facts.now, EVENTS_AFTER)
    last = _last_event(seen, pod)
    if last is not None and (trouble := _trouble(seen, last, since)) is not None:
        return replace(trouble, again=again)
    init = next((found for found in pod.containers if found.init and found.state == "running"), None)
    if init is not None:
        return Wait(Reason.STARTING, f"Init container {init.name} is at work.", since=since, again=again)
    if last is not None and last.reason == "Pulling":
        image = engine.image if engine is not None and engine.image else "the image"
        return Wait(Reason.PULLING_IMAGE, f"Node {pod.node} pulls {image}.", since=since, again=again)
    return Wait(Reason.STARTING, f"The pod's container is being created on node {pod.node}.", since=since, again=again)


def not_answering(seen: Seen, pod: PodFacts) -> Wait | None:
    """An engine that has been ready in this run and is no more."""
    engine = pod.engine
    if engine is None or not engine.started or engine.running_since is None or pod.unready_since is None:
        return None
    overdue = seen.facts.now > engine.running_since + seen.budget
    if pod.unready_since <= engine.running_since and not overdue:
        return None
    message = f"The engine in pod {pod.name} runs but does not answer its readiness probe."
    trouble = probe_trouble(seen.facts, seen.service.spec, pod)
    last = _last_event(seen, pod)
    if trouble is not None and trouble.reason is not None:
        message = f"The engine in pod {pod.name} runs, but {trouble.message}"
    elif last is not None and last.reason == UNHEALTHY:
        message += f" {sentence(last.message)}"
    again = doubling(pod.unready_since, seen.facts.now, EVENTS_AFTER)
    return Wait(Reason.NOT_ANSWERING, message, since=pod.unready_since, again=again)


def never_answering(seen: Seen, pod: PodFacts) -> Wait | None:
    """An engine that runs and that no probe will ever find, however long it loads."""
    engine = pod.engine
    if engine is None or engine.state != "running":
        return None
    trouble = probe_trouble(seen.facts, seen.service.spec, pod)
    if trouble is None or trouble.reason is None:
        return None
    message = f"The engine in pod {pod.name} runs, but {trouble.message}"
    _, again = elapsed(engine.running_since or seen.facts.now, seen.facts.now)
    return Wait(trouble.reason, message, Needs.HELP, engine.running_since, again)


def loading(seen: Seen, pod: PodFacts) -> Wait | None:
    """The engine runs and the model is on its way to its memory."""
    engine = pod.engine
    if engine is None or engine.state != "running" or engine.running_since is None:
        return None
    seconds, again = elapsed(engine.running_since, seen.facts.now)
    limit = seen.service.spec.startup_timeout_seconds
    message = f"The model has been loading for {seconds} s of at most {limit} s (startupTimeoutSeconds)."
    trouble = probe_trouble(seen.facts, seen.service.spec, pod)
    if trouble is not None and trouble.reason is None:
        message = f"{message} {trouble.message}"
    return Wait(Reason.LOADING, message, since=engine.running_since, again=again)


def _last_event(seen: Seen, pod: PodFacts) -> EventFacts | None:
    about = [event for event in seen.facts.events if event.object == f"Pod/{pod.name}" and event.last_seen]
    return max(about, key=lambda event: (event.last_seen, event.reason, event.message), default=None)


def _trouble(seen: Seen, event: EventFacts, since: datetime | None) -> Wait | None:
    if event.reason == SANDBOX_EVENT:
        return _sandbox(event, since)
    if event.reason not in MOUNT_EVENTS or _NOT_YET_READ.search(event.message):
        return None
    if _MULTI_ATTACH.search(event.message):
        message = (
            "The cache's volume is in use on another node and can be on one only. "
            "Use a claim that is ReadWriteMany, or keep all pods on that node (nodeSelector)."
        )
        return Wait(Reason.MOUNT_FAILED, message, Needs.HELP, since)
    reason, message = explain_refusal(seen.service.spec, event.message)
    if reason == Reason.CONTAINER_REFUSED:
        reason, message = Reason.MOUNT_FAILED, "A volume cannot be mounted: " + sentence(event.message)
    return Wait(reason, message, Needs.HELP, since)


def _sandbox(event: EventFacts, since: datetime | None) -> Wait:
    if found := _NO_HANDLER.search(event.message):
        message = (
            f"The node's container runtime has no handler {found['handler']}. Set it up on the node, or change "
            "gpu.runtimeClassName."
        )
        return Wait(Reason.RUNTIME_CLASS_MISSING, message, Needs.HELP, since)
    return Wait(Reason.CONTAINER_REFUSED, "The pod cannot be set up: " + sentence(event.message), Needs.HELP, since)
