"""The answer of `modelservice estimate` as values: what was read, what fits, and the fields of the YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelservice.api.engine import EngineType
from modelservice.api.resource import API_VERSION, KIND
from modelservice.api.spec import ModelServiceSpec
from modelservice.cli.exits import CommandError
from modelservice.cli.model_files import Files, Folder, on_the_hub
from modelservice.cli.model_read import Described, describe
from modelservice.engines.catalogue import engine
from modelservice.estimate.fit import Fit, Wanted, default_context, remaining, smallest, usual_requests
from modelservice.estimate.gpus import USUAL, Gpu, find
from modelservice.estimate.memory import LLAMACPP, VLLM, Runtime
from modelservice.sources.catalogue import locate
from modelservice.sources.source import Reference

PERCENT = 90
HERE = ("./", "../")
RUNTIMES = {
    **dict.fromkeys((EngineType.VLLM, EngineType.SGLANG, EngineType.APHRODITE, EngineType.TGI), VLLM),
    **dict.fromkeys((EngineType.LLAMACPP, EngineType.OLLAMA), LLAMACPP),
}
ELSEWHERE = "copy its config.json and the safetensors files into a folder and name that, or name the model of the hub"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by the command line and perhaps a ModelService: then `name` is not empty."""

    reference: str
    spec: ModelServiceSpec
    name: str
    gpu: Gpu | None
    context: int | None
    requests: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """`fit` is the smallest number of GPUs of the kind that was asked for; `kinds` tells of the usual ones instead."""

    reference: str
    engine: EngineType
    described: Described
    runtime: Runtime
    wanted: Wanted
    gpu: Gpu | None
    fit: Fit | None
    kinds: Mapping[str, Fit | None]
    remaining: list[tuple[int, int]]
    fields: Mapping[tuple[str, ...], int | str]
    manifest: Mapping[str, Any]


def report(question: Question) -> Report:
    """A CommandError says why there is none."""
    files, quantization = _files(question)
    described = describe(files, quantization)
    kind = EngineType.LLAMACPP if described.gguf and not question.name else question.spec.engine.type
    if kind not in RUNTIMES:
        raise CommandError(f"the memory of engine.type {kind} is not known", "its model decides alone: see its log")
    runtime, shape = RUNTIMES[kind], described.model.shape
    context = question.context or default_context(shape)
    if context > shape.context:
        raise CommandError(f"{question.reference} takes {shape.context:,} tokens a request at most, not {context:,}")
    wanted = Wanted(context, question.requests or 1, question.spec.serving.gpu_memory_percent or PERCENT)
    gpu = question.gpu
    fit = smallest(described.model, runtime, gpu.memory, wanted) if gpu else None
    usual = {} if gpu else {name: one for name in USUAL if (one := find(name))}
    fields: dict[tuple[str, ...], int | str] = {}
    if gpu and fit:
        requests = question.requests or usual_requests(described.model, runtime, gpu.memory, fit)
        fields = _fields(question, kind, gpu, fit, requests, quantization)
    return Report(
        reference=question.reference,
        engine=kind,
        described=described,
        runtime=runtime,
        wanted=wanted,
        gpu=gpu,
        fit=fit,
        kinds={name: smallest(described.model, runtime, one.memory, wanted) for name, one in usual.items()},
        remaining=remaining(described.model, runtime, gpu.memory, fit.gpus, wanted.percent) if gpu and fit else [],
        fields=fields,
        manifest=_manifest(question, kind, gpu, fields) if gpu and fields else {},
    )


def _files(question: Question) -> tuple[Files, str]:
    """The model's files, and of several quantisations the one that is wanted."""
    reference, spec = question.reference, question.spec
    if not question.name and reference.startswith(HERE) and not Path(reference).exists():
        raise CommandError(f"{reference} is no file or folder of this machine")
    if not question.name and Path(reference).exists():
        path = Path(reference).resolve()
        return (Folder(path), "") if path.is_dir() else (Folder(path.parent), path.name)
    model, quantization = split(reference)
    located, findings = locate(Reference(model))
    if located is None:
        raise CommandError(findings[0].message)
    if not located.hub:
        raise CommandError(f"{reference} lies where this command cannot look", ELSEWHERE)
    file = str(spec.engine.options.get("hf-file") or spec.serving.quantization or "") if question.name else quantization
    return on_the_hub(located.public_id, located.revision, spec.hugging_face.endpoint), file


def _fields(
    question: Question, kind: EngineType, gpu: Gpu, fit: Fit, requests: int, quantization: str
) -> dict[tuple[str, ...], int | str]:
    """What the answer sets, in the order of the reference; only what the engine honours."""
    serving: dict[str, int | str] = {
        "contextLength": fit.wanted.context,
        "maxConcurrentRequests": requests,
        "gpuMemoryPercent": _percent(kind, gpu, fit),
    }
    if quantization and not question.name:
        serving["quantization"] = quantization
    honoured = {name: value for name, value in serving.items() if name in engine(kind).honours}
    return {("spec", "gpu", "count"): fit.gpus, **{("spec", "serving", name): v for name, v in honoured.items()}}


def _percent(kind: EngineType, gpu: Gpu, fit: Fit) -> int:
    """SGLang's share is of weights and cache alone."""
    if kind is EngineType.SGLANG:
        return max(1, 100 * (fit.weights + fit.cache) // gpu.memory)
    return fit.wanted.percent


def split(reference: str) -> tuple[str, str]:
    """`org/name:Q4_K_M` as model and quantisation, which is how llama.cpp writes it."""
    model, colon, quantization = reference.rpartition(":")
    return (model, quantization) if colon and "/" not in quantization else (reference, "")


def _manifest(
    question: Question, kind: EngineType, gpu: Gpu, fields: Mapping[tuple[str, ...], int | str]
) -> dict[str, Any]:
    """A whole ModelService; what a file says besides is not repeated."""
    spec: dict[str, Any] = {"model": split(question.reference)[0]}
    if kind is not EngineType.VLLM:
        spec["engine"] = {"type": kind.value}
    manifest = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": _name(question)}, "spec": spec}
    for path, value in fields.items():
        inner: dict[str, Any] = manifest
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
    if gpu.products:
        spec["gpu"]["products"] = list(gpu.products)
    return manifest


def _name(question: Question) -> str:
    """The last word of the model, as Kubernetes takes names."""
    last = split(question.reference)[0].partition("@")[0].rstrip("/").rpartition("/")[2].lower()
    words = re.sub(r"[^a-z0-9]+", "-", last.removesuffix(".gguf"))
    return question.name or re.sub(r"^[^a-z]+", "", words)[:53].strip("-") or "model"
