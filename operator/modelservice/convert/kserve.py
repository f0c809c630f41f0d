"""From KServe's LLMInferenceService, and its InferenceService with the Hugging Face runtime."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from modelservice.convert.server import ConvertError, Server, Tree

LOST = {
    "router": "service: the gateway, its routes and the scheduler were dropped; requests go to pods directly",
    "prefill": "prefill was dropped: prefill and decode run in the same pods",
    "worker": "worker was dropped: a replica is one pod",
    "baseRefs": "baseRefs was dropped: what those templates say is not here",
    "scaling": "replicas: scaling was dropped; let an autoscaler point at the ModelService",
    "kvCacheOffloading": "kvCacheOffloading was dropped: say it in engine.options",
    "tracing": "tracing was dropped: say it in engine.options",
    "storageInitializer": "",
}
NOTHING_LIKE_IT = ("scaleTarget", "scaleMetric", "deploymentStrategy", "timeout", "containerConcurrency")
EXTRA_ARGS = "VLLM_ADDITIONAL_ARGS"
IMAGE_OF_ITS_OWN = "vllm/vllm-openai:latest"
_SIZES = {"tensor": "--tensor-parallel-size", "pipeline": "--pipeline-parallel-size", "data": "--data-parallel-size"}


def llm_inference_service(body: Tree) -> Server:
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    model = spec.get("model") or {}
    pod = dict(spec.get("template") or {})
    notes = [LOST[key] for key in spec if LOST.get(key)]
    container, *others = pod.get("containers") or [{"name": "main"}]
    pod["containers"] = [_container(container, pod, spec, notes), *others]
    pod.pop("resources", None)
    pod.pop("livenessProbe", None)
    said: dict[str, Any] = {"model": _uri(str(model.get("uri", "")))}
    if model.get("name"):
        said["servedNames"] = [model["name"]]
    adapters = (model.get("lora") or {}).get("adapters") or ()
    if adapters:
        found = [{"name": one.get("name", f"adapter-{i}"), "model": _uri(one["uri"])} for i, one in enumerate(adapters)]
        said["serving"] = {"loraAdapters": found}
    if spec.get("replicas", 1) != 1:
        said["replicas"] = spec["replicas"]
    speculator = (spec.get("speculator") or {}).get("config")
    if speculator:
        said["engine"] = {"options": {"speculative-config": {key: _number(value) for key, value in speculator.items()}}}
    return _server(metadata, pod, said, notes)


def _container(container: Tree, pod: Tree, spec: Tree, notes: list[str]) -> dict[str, Any]:
    """Its template gives the image and the command line; a user adds arguments by an environment variable."""
    result = dict(container)
    result.setdefault("image", IMAGE_OF_ITS_OWN)
    result.setdefault("resources", pod.get("resources") or {})
    env = list(result.get("env") or ())
    extra = next((variable.get("value", "") for variable in env if variable["name"] == EXTRA_ARGS), "")
    sizes = [word for key, flag in _SIZES.items() for word in _size(spec, key, flag)]
    result["env"] = [variable for variable in env if variable["name"] != EXTRA_ARGS]
    if not result.get("command"):
        result["args"] = [*(result.get("args") or ()), *shlex.split(extra), *sizes]
    elif extra:
        notes.append(f"engine.env: {EXTRA_ARGS} was dropped: add it to engine.args")
    return result


def _size(spec: Tree, key: str, flag: str) -> tuple[str, ...]:
    size = (spec.get("parallelism") or {}).get(key)
    return (flag, str(size)) if size and int(size) > 1 else ()


def inference_service(body: Tree) -> Server:
    """Only its huggingface runtime serves language models."""
    metadata, spec = body.get("metadata") or {}, body.get("spec") or {}
    predictor = dict(spec.get("predictor") or {})
    model = predictor.pop("model", None) or {}
    if (model.get("modelFormat") or {}).get("name") != "huggingface":
        raise ConvertError("only an InferenceService whose modelFormat is huggingface serves what a ModelService does")
    args, names, reference = [], [], _uri(str(model.get("storageUri", "")))
    for word in _pairs(model.get("args") or ()):
        name, _, value = word.partition("=")
        flag = name.replace("_", "-")
        if flag == "--model-name":
            names = [value]
        elif flag == "--model-id":
            reference = value
        elif flag == "--max-length":
            args.append(f"--max-model-len={value}")
        elif flag not in ("--backend", "--task", "--model-dir"):
            args.append(f"{flag}={value}" if value else flag)
    notes = ["engine.version: KServe's own image was dropped, vLLM's runs"]
    replicas = predictor.pop("minReplicas", 1) or 1
    if predictor.pop("maxReplicas", replicas) != replicas:
        notes.append("replicas: maxReplicas was dropped; let an autoscaler point at the ModelService")
    dropped = [key for key in NOTHING_LIKE_IT if predictor.pop(key, None) is not None]
    notes += [f"{key} was dropped: a ModelService has nothing like it" for key in dropped]
    kept = {key: model[key] for key in ("env", "envFrom", "resources", "volumeMounts") if key in model}
    predictor["containers"] = [{"name": "engine", "image": IMAGE_OF_ITS_OWN, "args": args, **kept}]
    said: dict[str, Any] = {"model": reference} | ({"servedNames": names} if names else {})
    said |= {"replicas": replicas} if replicas != 1 else {}
    return _server(metadata, predictor, said, notes)


def _pairs(words: Any) -> list[str]:
    """`--a b` and `--a=b` alike."""
    result: list[str] = []
    for word in words:
        if str(word).startswith("-") or not result or "=" in result[-1]:
            result.append(str(word))
        else:
            result[-1] += f"={word}"
    return result


def _server(metadata: Tree, pod: Mapping[str, Any], said: Tree, notes: list[str]) -> Server:
    return Server(
        name=metadata.get("name", "model"),
        namespace=metadata.get("namespace", ""),
        engine="sglang" if "sglang" in pod["containers"][0]["image"] else "vllm",
        pod=pod,
        spec=said,
        notes=tuple(notes),
    )


def _uri(uri: str) -> str:
    """KServe's references are ours: a hub's, a claim's, a store's."""
    return uri.removeprefix("hf://").replace(":", "@") if uri.startswith("hf://") else uri


def _number(value: Any) -> Any:
    """The CRD takes text only, and vLLM wants numbers."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value
