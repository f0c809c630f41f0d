"""`modelservice plan`: what `kubectl apply` of a file would do to this cluster, found out without a write."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace

from modelservice.api.resource import KIND, parse
from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.documents import documents
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.files import WITH_A_LOADER, checked, read_config
from modelservice.cli.operator_config import Found, operator_config
from modelservice.cli.output import pretty
from modelservice.cli.plan.forecast import Forecast, Outcome, forecast
from modelservice.cli.plan.remark import Remark, Severity
from modelservice.cli.plan.text import written
from modelservice.cli.registry import Example
from modelservice.kube.resources import Key, Manifest

EXAMPLES = (
    Example(
        "modelservice plan qwen.yaml",
        "each field that would change, restarts, GPUs, quota, what is missing",
        code=Exit.CHANGES,
    ),
    Example("cat qwen.yaml | modelservice plan -", "from standard input", code=Exit.CHANGES),
    Example("modelservice plan qwen.yaml -o json || test $? = 6", "in a script: it fails only if it would be refused"),
)
EXITS = {Outcome.NOTHING: Exit.DONE, Outcome.CHANGES: Exit.CHANGES, Outcome.REFUSED: Exit.NOT_SO}
WEIGHT = (Outcome.NOTHING, Outcome.CHANGES, Outcome.REFUSED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or folders with YAML; - is standard input")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--config", metavar="FILE", help="the operator's configuration; default: the cluster's own")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when nothing would change, 6 when something would, 1 when something would be refused."""
    bodies = _bodies(arguments.files)
    with Cluster.of(arguments) as cluster:
        given = Found(read_config(arguments.config)) if arguments.config else operator_config(cluster)
        given = given if given.seen else replace(given, config=WITH_A_LOADER)
        found = [_with(given.note, _forecast(cluster, body, given)) for body in bodies]
    if arguments.output == "json":
        print(pretty([asdict(one) for one in found]))
    else:
        print("\n".join(map(written, found)), end="")
    return EXITS[max((one.outcome for one in found), key=WEIGHT.index)]


def _bodies(paths: Sequence[str]) -> list[Manifest]:
    """Every ModelService of the files; other kinds are passed over."""
    found: list[Manifest] = []
    for document in documents(paths):
        if document.problem:
            raise CommandError(f"{document.where}: {document.problem}")
        if isinstance(document.body, dict) and document.body.get("kind") == KIND:
            checked(document.body, document.where)
            found.append(document.body)
    if not found:
        raise CommandError(f"there is no {KIND} in {', '.join(paths)}")
    return found


def _forecast(cluster: Cluster, body: Manifest, given: Found) -> Forecast:
    engine = parse(body).spec.engine.type
    if engine in given.absent:
        why = f"what engine.type {engine} makes of it cannot be told here: {given.absent[engine]}"
        raise CommandError(why, "install the engine's package beside this command")
    key = Key(body["metadata"].get("namespace") or cluster.namespace, body["metadata"]["name"])
    return cluster.run(forecast(cluster.session, key, body, given.config))


def _with(note: str, found: Forecast) -> Forecast:
    return replace(found, remarks=(*found.remarks, Remark(Severity.NOTE, note))) if note else found
