"""What fake nodes and their pods do, as stages for kwok. A pod's annotation PLAYS tells, and may be changed."""

from collections.abc import Iterable
from typing import Any

PLAYS = "lab.test/plays"
"""`ready` (the default: Running and Ready, or Succeeded for a Job), `hang` (Running, never Ready), `crash`
(CrashLoopBackOff, more restarts by the second), `fail` (the pod has Failed)."""
AFTER = "lab.test/after"
"""How long the pod takes for that, as in `3s`; without it, no time at all."""

CRASHES_COUNTED = 5
READY_STATUS = '.status.conditions.[] | select(.type == "Ready") | .status'
WAITING_REASON = ".status.containerStatuses.[].state.waiting.reason"

RUNNING = "running: {startedAt: {{ Now | Quote }}}"
ENDED = "terminated: {exitCode: %d, reason: %s, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }}}"
BACKOFF = "waiting: {reason: CrashLoopBackOff, message: back-off restarting failed container}"
CRASHED = ENDED % (1, "Error")
COMPLETED = ENDED % (0, "Completed")


def stages() -> list[dict[str, Any]]:
    """A node is Ready whenever kwok runs, which also renews its lease; pods do what they are told."""
    pending = [_differs(".status.phase", "Succeeded", "Failed")]
    waiting = _is(WAITING_REASON, "CrashLoopBackOff")
    crash_again = _is(".status.containerStatuses.[].restartCount | tostring", *range(1, CRASHES_COUNTED))
    complete = [_is(".metadata.ownerReferences.[].kind", "Job"), _is(READY_STATUS, "True")]
    backoff = _status("Running", state=BACKOFF, last=CRASHED, ready=False)
    node_ready = {"statusTemplate": "\n".join(["conditions:", *_conditions({"Ready": "True"})])}
    return [
        _stage("node", [_differs(READY_STATUS, "True")], node_ready, kind="Node"),
        _stage("ready", [*_plays("ready"), *pending, _differs(READY_STATUS, "True")], _status("Running", RUNNING)),
        _stage("complete", [*_plays("ready"), *pending, *complete], _status("Succeeded", COMPLETED, ready=False)),
        _stage("hang", [*_plays("hang"), _differs(READY_STATUS, "False")], _status("Running", RUNNING, ready=False)),
        _stage("crash", [*_plays("crash"), _differs(WAITING_REASON, "CrashLoopBackOff")], backoff),
        _stage("crash-again", [*_plays("crash"), waiting, crash_again], backoff, milliseconds=1000),
        _stage("fail", [*_plays("fail"), *pending], _status("Failed", CRASHED, ready=False)),
        _stage("delete", [{"key": ".metadata.deletionTimestamp", "operator": "Exists"}], {"delete": True}),
    ]


def _stage(
    name: str, when: list[dict[str, Any]], then: dict[str, Any], kind: str = "Pod", milliseconds: int = 0
) -> dict[str, Any]:
    after = {"expressionFrom": f'.metadata.annotations["{AFTER}"]'}
    delay = {"durationMilliseconds": milliseconds} | ({} if milliseconds else {"durationFrom": after})
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": when},
            "next": then,
            **({} if "delete" in then else {"delay": delay}),
        },
    }


def _plays(role: str) -> list[dict[str, Any]]:
    return [
        {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
        _is(f'.metadata.annotations["{PLAYS}"] // "ready"', role),
    ]


def _is(key: str, *values: object) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(map(str, values))}


def _differs(key: str, *values: object) -> dict[str, Any]:
    return {"key": key, "operator": "NotIn", "values": list(map(str, values))}


def _status(phase: str, state: str, last: str = "", ready: bool = True) -> dict[str, Any]:
    """The pod's status as kwok's template: all containers are in this state."""
    flag = str(ready).lower()
    restarts = "0"
    if last:
        restarts = "{{ $n := 1 }}{{ range $.status.containerStatuses }}{{ $n = add .restartCount 1 }}{{ end }}{{ $n }}"
    lines = [
        f"phase: {phase}",
        "startTime: {{ or .status.startTime Now | Quote }}",
        "conditions:",
        *_conditions({"Initialized": "True", "Ready": flag.title(), "ContainersReady": flag.title()}),
        "containerStatuses:",
        "{{ range .spec.containers }}",
        "- name: {{ .name | Quote }}",
        "  image: {{ .image | Quote }}",
        "  imageID: {{ .image | Quote }}",
        f"  ready: {flag}",
        f"  started: {flag}",
        f"  restartCount: {restarts}",
        f"  state: {{{state}}}",
        *([f"  lastState: {{{last}}}"] if last else []),
        "{{ end }}",
        "initContainerStatuses:",
        "{{ range .spec.initContainers }}",
        "- name: {{ .name | Quote }}",
        "  image: {{ .image | Quote }}",
        "  imageID: {{ .image | Quote }}",
        "  ready: true",
        "  restartCount: 0",
        f"  state: {{{COMPLETED}}}",
        "{{ end }}",
        # kwok takes a fresh address at each question.
        "{{ if not .status.podIP }}",
        "hostIP: {{ NodeIPWith .spec.nodeName | Quote }}",
        "{{ with PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace }}",
        "podIP: {{ . | Quote }}",
        "podIPs: [{ip: {{ . | Quote }}}]",
        "{{ end }}",
        "{{ end }}",
    ]
    return {"statusTemplate": "\n".join(lines)}


def _conditions(statuses: dict[str, str]) -> Iterable[str]:
    for type, status in statuses.items():
        yield f"- type: {type}"
        yield f"  status: {status!r}"
        yield "  lastTransitionTime: {{ Now | Quote }}"
