"""`modelservice convert`: what serves a model today, in another tool's words, as a ModelService; what was lost is told
on standard error.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from modelservice.cli.documents import read, split
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.output import as_json, as_yaml
from modelservice.cli.registry import Example
from modelservice.convert import catalogue, docker, options
from modelservice.convert.assemble import Converted
from modelservice.convert.server import ConvertError, service_name

EXAMPLES = (
    Example(
        "modelservice convert -- docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.32.0 Qwen/Qwen2.5-7B-Instruct",
        "a command line, after --",
    ),
    Example("modelservice convert deployment.yaml > qwen.yaml", "a Deployment, or another tool's resource"),
    Example(
        "modelservice convert --model Qwen/Qwen2.5-7B-Instruct --options-b64 eyJkdHlwZSI6ICJoYWxmIn0=",
        "an id and options",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="files with YAML or a command line, - is standard input; or, after --, a command",
    )
    parser.add_argument("--name", metavar="NAME", help="of the ModelService; default: as before")
    parser.add_argument("--model", metavar="MODEL", help="what to serve, where the input does not say it")
    parser.add_argument(
        "--options-b64", metavar="TEXT", help="engine options as base64 JSON; they go to engine.options"
    )
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml", help="default: yaml")


def run(arguments: argparse.Namespace) -> int:
    """ModelServices go to standard output, notes to standard error."""
    try:
        found = [_with(arguments, converted) for converted in _converted(arguments)]
    except ConvertError as error:
        raise CommandError(str(error)) from error
    if not found:
        raise CommandError("nothing in there serves a model", f"what is read: {', '.join(catalogue.KNOWN)}")
    manifests = [converted.manifest for converted in found]
    print(as_yaml(manifests) if arguments.output == "yaml" else as_json(manifests) + "\n", end="")
    for converted in found:
        for note in converted.notes:
            print(f"note: {converted.manifest['metadata']['name']}: {note}", file=sys.stderr)
    return Exit.DONE


def _converted(arguments: argparse.Namespace) -> Iterator[Converted]:
    inputs = arguments.inputs
    if not inputs:
        if not arguments.model:
            raise CommandError("there is nothing to convert", "name a file, a command after --, or --model", Exit.USAGE)
        yield catalogue.from_model(arguments.model)
    elif docker.is_docker(" ".join(inputs)) and len(inputs) > 1:
        yield catalogue.from_command(shlex.join(inputs))
    else:
        for path in inputs:
            for where, text in read(path):
                yield from _of_text(where, text)


def _of_text(where: str, text: str) -> Iterator[Converted]:
    if docker.is_docker(text):
        yield catalogue.from_command(text)
        return
    for document in split(where, text):
        if document.problem:
            raise CommandError(f"{where}: {document.problem}", f"what is read: {', '.join(catalogue.KNOWN)}")
        found = catalogue.from_manifest(document.body) if isinstance(document.body, dict) else None
        if found:
            yield found


def _with(arguments: argparse.Namespace, converted: Converted) -> Converted:
    """What the user says besides."""
    manifest: dict[str, Any] = dict(converted.manifest)
    spec: dict[str, Any] = dict(manifest["spec"])
    if arguments.name:
        manifest["metadata"] = {**manifest["metadata"], "name": service_name(arguments.name)}
    if arguments.model:
        spec["model"] = arguments.model
    if arguments.options_b64:
        engine: Mapping[str, Any] = spec.get("engine", {})
        said = {**engine.get("options", {}), **options.decoded(arguments.options_b64)}
        spec["engine"] = {**engine, "options": said}
    return Converted({**manifest, "spec": spec}, converted.notes)
