"""From KubeAI's Model (kubeai.org/v1)."""

from __future__ import annotations

import re
from typing import Any

from modelservice.convert.server import ConvertError, Server, Tree

ENGINES = {"vllm": "vllm", "ollama": "ollama", "infinity": "infinity"}
TASKS = {"TextEmbedding": "Embed", "Reranking": "Rerank"}
_PROFILE = re.compile(r"^(?P<name>.*?)(:(?P<count>\d+))?$")
LOST = {
    "minReplicas": "replicas: an autoscaler of Kubernetes points at the ModelService; minReplicas was dropped",
    "maxReplicas": "replicas: an autoscaler of Kubernetes points at the ModelService; maxReplicas was dropped",
    "targetRequests": "targetRequests was dropped: it belongs to the autoscaler",
    "scaleDownDelaySeconds": "scaleDownDelaySeconds was dropped: it belongs to the autoscaler",
    "cacheProfile": "cache: a cacheProfile lives in KubeAI's configuration: set cache.size or cache.claimName",
    "loadBalancing": "loadBalancing was dropped: the Service goes to pods directly",
    "owner": "",
    "autoscalingDisabled": "",
}


def server(body: Tree) -> Server:
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    engine = ENGINES.get(str(spec.get("engine", "")).lower())
    if engine is None:
        raise ConvertError(f"engine {spec.get('engine')} has no counterpart here")
    notes = [LOST[key] for key in spec if LOST.get(key)]
    container: dict[str, Any] = {"name": "engine", "image": spec.get("image", ""), "args": list(spec.get("args") or ())}
    container["env"] = [{"name": name, "value": str(value)} for name, value in (spec.get("env") or {}).items()]
    container["envFrom"] = list(spec.get("envFrom") or ())
    said = {"model": _model(spec, notes), **_serving(spec, notes), **_files(spec)}
    gpu = _gpu(str(spec.get("resourceProfile", "")), notes)
    if spec.get("replicas", spec.get("minReplicas", 1)) not in (0, 1):
        said["replicas"] = spec.get("replicas", spec.get("minReplicas"))
    if spec.get("priorityClassName"):
        said["priorityClassName"] = spec["priorityClassName"]
    if gpu:
        container["resources"] = {"limits": gpu}
    return Server(
        name=metadata.get("name", "model"),
        namespace=metadata.get("namespace", ""),
        engine=engine,
        pod={"containers": [container]},
        spec=said,
        notes=tuple(dict.fromkeys(notes)),
    )


def _model(spec: Tree, notes: list[str]) -> str:
    """KubeAI's references are ours, but for a claim's `?model=` and Ollama's `?pull=`."""
    url, _, query = str(spec.get("url", "")).partition("?")
    if query:
        notes.append(f"model: ?{query} was dropped")
    if url.startswith("hf://"):
        return url.removeprefix("hf://")
    if url.startswith("ollama://") and ":" not in url.removeprefix("ollama://"):
        return f"{url}:latest"
    return url


def _serving(spec: Tree, notes: list[str]) -> dict[str, Any]:
    serving: dict[str, Any] = {}
    task = next((TASKS[feature] for feature in spec.get("features") or () if feature in TASKS), None)
    if task:
        serving["task"] = task
    adapters = [
        {"name": one["name"], "model": str(one["url"]).removeprefix("hf://")} for one in spec.get("adapters") or ()
    ]
    if adapters:
        serving["loraAdapters"] = adapters
    if "SpeechToText" in (spec.get("features") or ()):
        notes.append("serving.task: speech to text is left to the engine")
    return {"serving": serving} if serving else {}


def _files(spec: Tree) -> dict[str, Any]:
    found = [
        {"name": f"file-{index}", "path": one["path"], "content": one["content"]}
        for index, one in enumerate(spec.get("files") or ())
    ]
    return {"engine": {"files": found}} if found else {}


def _gpu(profile: str, notes: list[str]) -> dict[str, str]:
    """A profile's name is all that is known of it: `nvidia-gpu-l4:2`, `cpu:4`."""
    found = _PROFILE.match(profile)
    name, count = (found["name"], found["count"] or "1") if found else ("", "1")
    if name.startswith("google-tpu"):
        notes.append("gpu: a TPU has no counterpart here: set gpu.resourceName and the node's labels")
        return {"google.com/tpu": count}
    if not name or name.startswith("cpu"):
        return {}
    if name.startswith("nvidia"):
        notes.append(f"gpu.products: set it if only nodes of the profile {name} will do")
        return {"nvidia.com/gpu": count}
    if name.startswith("amd"):
        notes.append(f"nodeSelector: set it if only nodes of the profile {name} will do")
        return {"amd.com/gpu": count}
    notes.append(f"gpu: the profile {name} is of KubeAI's configuration, and became {count} NVIDIA GPUs per replica")
    return {"nvidia.com/gpu": count}
