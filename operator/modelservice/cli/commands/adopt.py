"""`modelservice adopt`: a running Deployment of an engine comes under a ModelService, and no pod restarts."""

from __future__ import annotations

import argparse
import sys

from modelservice.cli import consent, flags
from modelservice.cli.adopt.conversion import conversion
from modelservice.cli.adopt.handover import hand_over, handed_over
from modelservice.cli.adopt.original import half_way
from modelservice.cli.adopt.taking import take
from modelservice.cli.adopt.workload import cautions, workload
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.operator_config import operator_config
from modelservice.cli.output import as_yaml
from modelservice.cli.registry import Example
from modelservice.cli.waiting import wait_until_ready

EXAMPLES = (
    Example("modelservice adopt mistral --dry-run", "the ModelService that it becomes, and what to see to"),
    Example("modelservice adopt mistral --yes", "the same pods, from now on under the operator"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deployment", metavar="DEPLOYMENT", help="what runs")
    parser.add_argument("--name", metavar="NAME", help="of the ModelService; default: the Deployment's")
    parser.add_argument("--dry-run", action="store_true", help="print the ModelService and change nothing")
    consent.add_arguments(parser)
    flags.timeout(parser, "5m", "how long until the ModelService is ready")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """The pods that serve now are those that serve afterwards; the next edit of the spec replaces them."""
    name = arguments.name or arguments.deployment
    with Cluster.of(arguments) as cluster:
        begun = half_way(cluster, name, arguments.deployment)
        if begun and arguments.dry_run:
            raise CommandError(f"the adoption of {name} has begun already", "without --dry-run this goes on with it")
        if not (begun and handed_over(cluster, arguments.deployment)):
            found = workload(cluster, arguments.deployment, name, begun=begun is not None)
            made = conversion(found)
            for note in (*cautions(found), *made.notes):
                _say(f"note: {note}")
            if arguments.dry_run:
                print(as_yaml([made.manifest]), end="")
                return Exit.DONE
            pods = f"{len(found.pods)} pod{'s' if len(found.pods) > 1 else ''}"
            consent.ask(f"Adopt Deployment {found.origin} with its {pods} in namespace {cluster.namespace}?", arguments)
            hand_over(cluster, found, made, operator_config(cluster).config, _say, begun)
        take(cluster, name, operator_config(cluster).config, _say)
        wait_until_ready(cluster, [name], arguments.timeout)
        print(f"modelservice.modelservice.io/{name} adopted")
    return Exit.DONE


def _say(text: str) -> None:
    print(text, file=sys.stderr)
