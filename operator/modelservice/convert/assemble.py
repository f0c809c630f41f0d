"""A pod that serves a model becomes a ModelService: each part of the pod goes to the field that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelservice.api.resource import API_VERSION, KIND
from modelservice.convert import commandline, environment, image, volumes
from modelservice.convert.server import ConvertError, Server, named
from modelservice.render.effective import laid

OUR_LABELS = ("modelservice.io/", "app.kubernetes.io/")
NOT_OURS_TO_KEEP = ("kubectl.kubernetes.io/", "deployment.kubernetes.io/", "meta.helm.sh/")
AS_IN_A_POD = (
    "nodeSelector",
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "priorityClassName",
    "schedulerName",
    "serviceAccountName",
    "securityContext",
)
SAID_ELSEWHERE = frozenset(
    {*AS_IN_A_POD, "containers", "volumes", "imagePullSecrets", "runtimeClassName", "serviceAccount", "restartPolicy"}
    | {"dnsPolicy", "terminationGracePeriodSeconds", "hostIPC", "enableServiceLinks", "automountServiceAccountToken"}
)
GRACE = "drainTimeoutSeconds: terminationGracePeriodSeconds was dropped, since it follows from the drain"
CONTAINER_ELSEWHERE = frozenset(
    {"name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "ports", "resources", "volumeMounts"}
    | {"livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath"}
    | {"terminationMessagePolicy", "tty", "stdin", "workingDir"}
)
GPU_RESOURCES = ("/gpu", "/mig-", "/vgpu-number", "/gpumem", "/gpu.shared")
LONGEST_START = 3600
DEFAULTS: Mapping[str, Any] = {
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "serviceAccountName": "default",
}


@dataclass(frozen=True, slots=True)
class Converted:
    """The ModelService as YAML has it, and a sentence for each thing that is not as it was."""

    manifest: dict[str, Any]
    notes: tuple[str, ...] = field(default=())


def assembled(server: Server) -> Converted:
    """A ConvertError says what is missing."""
    notes = list(server.notes)
    name = named(server.name, notes)
    container = _container(server, notes)
    spec = _spec(name, server, container, notes)
    metadata = {"name": name} | ({"namespace": server.namespace} if server.namespace else {})
    manifest = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}
    return Converted(manifest, tuple(dict.fromkeys(notes)))


def _container(server: Server, notes: list[str]) -> Mapping[str, Any]:
    containers = server.pod.get("containers") or []
    if not containers:
        raise ConvertError(f"{server.name} has no container")
    if len(containers) > 1:
        others = ", ".join(container["name"] for container in containers[1:])
        notes.append(f"podTemplate: the containers {others} run beside the engine as they did")
    return dict(containers[0])


def _spec(name: str, server: Server, container: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    seen = image.told(container.get("image", ""))
    typed = [*container.get("command", ()), *container.get("args", ())]
    words = commandline.unwrapped(environment.expanded(typed, container.get("env") or ()), notes)
    engine = server.engine or commandline.engine_in(words) or seen.engine
    if not engine:
        raise ConvertError(f"{container.get('image') or server.name} is no engine that is known here, nor starts one")
    said = commandline.told(engine, seen.version, commandline.without_entrypoint(words, engine), known=seen.moving)
    env = environment.told(name, container.get("env", ()), notes)
    notes += said.notes
    model = said.model or server.spec.get("model", "")
    storage = volumes.told(
        container.get("volumeMounts", ()), server.pod.get("volumes", ()), model, notes, anywhere=server.anywhere
    )
    if env.get("modelscope") and "://" not in model and not model.startswith("/"):
        model = f"modelscope://{model}"
    gpus, resources = _resources(container.get("resources") or {}, said.parallel, notes)
    parts = {
        "model": storage.get("model") or model,
        "servedNames": said.served_names,
        "engine": _engine(engine, seen, said, env, server, container, notes),
        "serving": said.serving,
        "huggingFace": env["huggingFace"],
        "gpu": gpus | _runtime_class(server),
        "resources": resources,
        "cache": storage.get("cache"),
        "sharedMemory": storage.get("sharedMemory"),
        **{key: server.pod.get(key) for key in AS_IN_A_POD if server.pod.get(key) != DEFAULTS.get(key)},
        "auth": env.get("auth"),
        "startupTimeoutSeconds": _startup(container, notes),
        "podTemplate": _pod_template(server, container, storage, notes),
    }
    spec = laid({key: value for key, value in server.spec.items() if key != "model"}, _said(parts))
    if not spec.get("model"):
        raise ConvertError(f"{server.name} names no model: its command line has none, and no field says it")
    return {key: spec[key] for key in (*parts, *spec) if key in spec}


def _engine(
    engine: str,
    seen: image.Image,
    said: commandline.Told,
    env: Mapping[str, Any],
    server: Server,
    container: Mapping[str, Any],
    notes: list[str],
) -> dict[str, Any]:
    if seen.moving and container.get("image"):
        notes.append("engine.version: the image's tag names no version, so the operator's own default runs")
    return _said(
        {
            "type": engine if engine != "vllm" else None,
            "version": seen.version,
            "image": seen.own,
            "imagePullPolicy": container.get("imagePullPolicy") if seen.own else None,
            "imagePullSecrets": server.pod.get("imagePullSecrets"),
            "args": said.args,
            "env": env["env"],
            "envFrom": container.get("envFrom"),
        }
    )


def _runtime_class(server: Server) -> dict[str, Any]:
    """`nvidia` is the default where the cluster has it."""
    name = server.pod.get("runtimeClassName")
    return {"runtimeClassName": name} if name and name != "nvidia" else {}


def _resources(resources: Mapping[str, Any], parallel: int, notes: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The GPUs, and everything else as it was."""
    gpus: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for kind in ("requests", "limits"):
        for key, amount in (resources.get(kind) or {}).items():
            if any(word in key for word in GPU_RESOURCES):
                gpus = {"count": amount if isinstance(amount, str) and not amount.isdecimal() else int(amount)}
                gpus |= {} if key == "nvidia.com/gpu" else {"resourceName": key}
            else:
                rest.setdefault(kind, {})[key] = amount
    if gpus.get("count") == "all":
        gpus["count"] = parallel or 1
        notes.append(f"gpu.count: all GPUs of that machine became {gpus['count']}; raise it for a bigger model")
    elif not gpus and parallel > 1:
        gpus = {"count": parallel}
        notes.append(f"gpu.count: no GPU was asked for, and the model was spread over {parallel}, so it gets as many")
    elif not gpus:
        gpus = {"count": 0}
        notes.append("gpu.count: no GPU was asked for, so it runs on CPU")
    return gpus, rest


def _startup(container: Mapping[str, Any], notes: list[str]) -> int | None:
    """Probes are the operator's own; the longest start that they allowed is kept where it is longer than ours."""
    if any(f"{kind}Probe" in container for kind in ("liveness", "readiness", "startup")):
        notes.append("startupTimeoutSeconds: probes were dropped, the operator has its own")
    probe = container.get("startupProbe") or container.get("livenessProbe") or {}
    period, failures = int(probe.get("periodSeconds", 10)), int(probe.get("failureThreshold", 3))
    budget = int(probe.get("initialDelaySeconds", 0)) + period * failures
    return budget if budget > LONGEST_START else None


def _pod_template(
    server: Server, container: Mapping[str, Any], storage: Mapping[str, Any], notes: list[str]
) -> dict[str, Any]:
    """What no field says."""
    ours = {key: value for key, value in container.items() if key not in CONTAINER_ELSEWHERE}
    if storage["mounts"]:
        ours["volumeMounts"] = storage["mounts"]
    others = list(server.pod.get("containers", ()))[1:]
    needed = {
        mount["name"]
        for other in (*others, *server.pod.get("initContainers", ()))
        for mount in other.get("volumeMounts", ())
    }
    kept = storage["volumes"] + [
        volume
        for volume in server.pod.get("volumes", ())
        if volume["name"] in needed and volume not in storage["volumes"]
    ]
    spec = {
        key: value for key, value in server.pod.items() if key not in SAID_ELSEWHERE and value not in (None, [], {})
    }
    spec |= _said({"containers": [*([{"name": "engine", **ours}] if ours else []), *others], "volumes": kept})
    if server.pod.get("terminationGracePeriodSeconds", 30) != 30:
        notes.append(GRACE)
    if container.get("lifecycle"):
        notes.append("drainTimeoutSeconds: lifecycle hooks were dropped; the operator drains by itself")
    if server.pod.get("hostIPC"):
        notes.append("sharedMemory: hostIPC was dropped; /dev/shm is there without it")
    metadata = _said({"labels": _foreign(server.labels, OUR_LABELS), "annotations": _foreign(server.annotations, ())})
    return _said({"metadata": metadata, "spec": spec})


def _foreign(marks: Mapping[str, Any], ours: tuple[str, ...]) -> dict[str, Any]:
    """What stands for somebody else's use."""
    skipped = (*ours, *NOT_OURS_TO_KEEP)
    return {key: value for key, value in marks.items() if not key.startswith(skipped) and key != "pod-template-hash"}


def _said(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value not in (None, "", [], {})}
