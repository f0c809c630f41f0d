"""`modelservice estimate`: whether a model fits, on how many GPUs, and the YAML, before anything is created."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelservice.api.spec import ModelServiceSpec
from modelservice.cli import yaml_edit
from modelservice.cli.estimate_report import Question, Report, report
from modelservice.cli.estimate_text import as_json, as_text
from modelservice.cli.exits import CommandError
from modelservice.cli.files import read_services
from modelservice.cli.output import as_yaml
from modelservice.cli.registry import Example
from modelservice.engines.quantity import number_of
from modelservice.estimate.gpus import GPUS, MIB, Gpu, find

FILES = (".yaml", ".yml")
EXAMPLES = (
    Example("modelservice estimate Qwen/Qwen2.5-7B-Instruct --gpu L4", "what remains, and the YAML"),
    Example("modelservice estimate Qwen/Qwen2.5-72B-Instruct --gpu-memory 48Gi --concurrency 16", "by size"),
    Example("modelservice estimate qwen.yaml --gpu H100 --write qwen.yaml", "into a file"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL|FILE",
        help="org/name[@revision] or org/name:Q4_K_M of the hub, a folder, a GGUF file, or YAML with a ModelService",
    )
    parser.add_argument("--gpu", metavar="KIND", help="for example H100, L40S or a value of nvidia.com/gpu.product")
    parser.add_argument("--gpu-memory", metavar="SIZE", help="memory of one GPU instead, for example 24Gi")
    parser.add_argument("--context", type=_positive, metavar="N", help="tokens a request, prompt and answer together")
    parser.add_argument("--concurrency", type=_positive, metavar="N", help="requests at once (default: one must fit)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the answer into this YAML file")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """0 when it fits, 1 when it does not."""
    found = report(_question(arguments))
    print(as_json(found) if arguments.output == "json" else as_text(found), end="")
    if arguments.write:
        _write(arguments.write, found)
    return 0 if found.fit or found.gpu is None else 1


def _question(arguments: argparse.Namespace) -> Question:
    spec, name, reference = ModelServiceSpec(), "", arguments.model
    if reference == "-" or reference.endswith(FILES):
        services = read_services(reference)
        if len(services) > 1:
            raise CommandError(f"{reference} holds {len(services)} ModelServices", "name a file with one")
        spec, name = services[0].spec, services[0].metadata.name
        reference = spec.model or ""
    return Question(
        reference=reference,
        spec=spec,
        name=name,
        gpu=_gpu(arguments.gpu, arguments.gpu_memory, spec),
        context=arguments.context or spec.serving.context_length,
        requests=arguments.concurrency or spec.serving.max_concurrent_requests,
    )


def _gpu(name: str | None, size: str | None, spec: ModelServiceSpec) -> Gpu | None:
    """As said, or the first kind that the file asks for."""
    if size is not None:
        memory = number_of(size)
        if name or memory is None or memory < MIB:
            raise CommandError("--gpu-memory takes a size such as 24Gi, in place of --gpu")
        return Gpu(f"GPU of {size}", int(memory) // MIB)
    if name is None:
        return next(filter(None, map(find, spec.gpu.products)), None)
    gpu = find(name)
    if gpu is None:
        known = ", ".join(one.name for one in GPUS)
        raise CommandError(f"--gpu {name} is not known", f"use --gpu-memory, for example 24Gi, or one of {known}")
    return gpu


def _write(path: Path, found: Report) -> None:
    """A new file is the whole ModelService; in an old one the fields are set where they stand."""
    if found.fit is None:
        why = "name a GPU by --gpu or --gpu-memory" if found.gpu is None else "it does not fit"
        raise CommandError(f"{path} was left as it is: {why}")
    try:
        if path.exists():
            old = path.read_text(encoding="utf-8")
            path.write_text(yaml_edit.set_fields(old, found.fields), encoding="utf-8")
        else:
            path.write_text(as_yaml([found.manifest]), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    except yaml_edit.NotEditable as error:
        raise CommandError(f"{path} was left as it is: {error}", "copy the fields from the YAML above") from error


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)
