"""`modelservice create`: a ModelService from flags; with `--dry-run` the YAML to keep, for what no flag says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from modelservice.api.engine import EngineType
from modelservice.api.resource import API_VERSION, KIND
from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import Exit
from modelservice.cli.files import checked
from modelservice.cli.output import as_yaml
from modelservice.cli.registry import Example
from modelservice.cli.waiting import wait_until_ready

EXAMPLES = (
    Example("modelservice create small org/small --engine mock --replicas 2", "two replicas of the mock"),
    Example("modelservice create qwen Qwen/Qwen2.5-7B-Instruct --gpu 1 --cache 50Gi --dry-run", "the YAML, to keep"),
    Example("modelservice create tuned org/small --engine mock --option token-rate=20 --wait", "until it is ready"),
)
FIELDS: Mapping[str, tuple[str, type, str]] = {
    "engine": ("engine.type", str, "inference server"),
    "engine-version": ("engine.version", str, "its version, for example 0.32.0"),
    "image": ("engine.image", str, "an image instead of the engine's own"),
    "gpu": ("gpu.count", int, "GPUs per replica; 0 is none"),
    "gpu-resource": ("gpu.resourceName", str, "for example amd.com/gpu"),
    "replicas": ("replicas", int, "how many copies serve"),
    "context-length": ("serving.contextLength", int, "tokens of a request and its answer"),
    "cache": ("cache.size", str, "size of a volume that keeps the model's files, for example 100Gi"),
    "cache-claim": ("cache.claimName", str, "an existing PersistentVolumeClaim that keeps them"),
}
"""A flag, the field that it sets, and what it means. What is rarer has no flag: `--dry-run` and an editor."""
SECRETS = {
    "token-secret": ("huggingFace.tokenSecret", "Secret with the Hugging Face token"),
    "api-key-secret": ("auth.apiKeySecret", "Secret with the key that clients must send"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NEW-NAME", help="of the new ModelService")
    parser.add_argument("model", metavar="MODEL", help="for example Qwen/Qwen2.5-7B-Instruct or pvc://claim/path")
    for flag, (field, kind, about) in FIELDS.items():
        choices = tuple(map(str, EngineType)) if flag == "engine" else None
        metavar = None if choices else "N" if kind is int else "VALUE"
        parser.add_argument(f"--{flag}", type=kind, choices=choices, metavar=metavar, help=f"{about} ({field})")
    for flag, (field, about) in SECRETS.items():
        parser.add_argument(f"--{flag}", type=_secret, metavar="SECRET/KEY", help=f"{about} ({field})")
    parser.add_argument(
        "--option", type=_pair, action="append", metavar="NAME=VALUE", help="engine.options; repeatable"
    )
    parser.add_argument("--arg", action="append", metavar="WORD", help="engine.args; repeatable, as --arg=--flag")
    parser.add_argument("--env", type=_pair, action="append", metavar="NAME=VALUE", help="engine.env; repeatable")
    parser.add_argument("--dry-run", action="store_true", help="print the YAML and make nothing")
    parser.add_argument("--wait", action="store_true", help="until it is ready, showing each step")
    flags.timeout(parser, "1h", "how long --wait waits")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    body: dict[str, Any] = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": arguments.name}}
    if arguments.namespace:
        body["metadata"]["namespace"] = arguments.namespace
    body["spec"] = spec_of(arguments)
    checked(body, "the command line")
    if arguments.dry_run:
        print(as_yaml([body]), end="")
        return Exit.DONE
    with Cluster.of(arguments) as cluster:
        cluster.create(body)
        print(f"modelservice.modelservice.io/{arguments.name} created")
        return wait_until_ready(cluster, [arguments.name], arguments.timeout) if arguments.wait else Exit.DONE


def spec_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was said, each thing in its field."""
    spec: dict[str, Any] = {"model": arguments.model}
    for path, value in _said(arguments):
        *parents, last = path.split(".")
        place = spec
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return spec


def _said(arguments: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    given = vars(arguments)
    fields = {flag: row[0] for flag, row in FIELDS.items()} | {flag: row[0] for flag, row in SECRETS.items()}
    for flag, field in fields.items():
        value = given[flag.replace("-", "_")]
        if value is not None:
            yield field, value
    if arguments.option:
        yield "engine.options", {name: yaml.safe_load(value) for name, value in arguments.option}
    if arguments.arg:
        yield "engine.args", arguments.arg
    if arguments.env:
        yield "engine.env", [{"name": name, "value": value} for name, value in arguments.env]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _secret(text: str) -> dict[str, str]:
    name, slash, key = text.partition("/")
    if not slash or not name or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not SECRET/KEY; the values are in the Secret, not here")
    return {"name": name, "key": key}
