"""`modelservice adopt`: a running Deployment of an engine comes under a ModelService, and no pod restarts."""

from __future__ import annotations

import argparse
import sys

from modelservice.cli import consent, flags
from modelservice.cli.adopt.conversion import conversion
from modelservice.cli.adopt.handover import hand_over
from modelservice.cli.adopt.workload import cautions, workload
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.operator_config import operator_config
from modelservice.cli.output import as_yaml
from modelservice.cli.registry import Example
from modelservice.cli.waiting import wait_until_ready
from modelservice.kube.resources import MODEL_SERVICE

BY_HAND = "it needs a Deployment that somebody made by hand"
EXAMPLES = (
    Example("modelservice adopt mistral --dry-run", "the ModelService that it becomes, and what to see to", BY_HAND),
    Example("modelservice adopt mistral --yes", "the same pods, from now on under the operator", BY_HAND),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deployment", metavar="DEPLOYMENT", help="its name becomes the ModelService's")
    parser.add_argument("--dry-run", action="store_true", help="print the ModelService and change nothing")
    consent.add_arguments(parser)
    flags.timeout(parser, "5m", "how long until the ModelService is ready")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """The pods that serve now are those that serve afterwards; the next edit of the spec replaces them."""
    with Cluster.of(arguments) as cluster:
        found = workload(cluster, arguments.deployment)
        made = conversion(found)
        if cluster.find(MODEL_SERVICE, found.name):
            raise CommandError(f"ModelService {found.name} exists already", f"`modelservice status {found.name}`")
        for note in (*cautions(found), *made.notes):
            print(f"note: {note}", file=sys.stderr)
        if arguments.dry_run:
            print(as_yaml([made.manifest]), end="")
            return Exit.DONE
        pods = f"{len(found.pods)} pod{'s' if len(found.pods) > 1 else ''}"
        consent.ask(f"Adopt Deployment {found.name} with its {pods} in namespace {cluster.namespace}?", arguments)
        given = operator_config(cluster)
        hand_over(cluster, found, made, given.config, lambda text: print(text, file=sys.stderr))
        wait_until_ready(cluster, [found.name], arguments.timeout)
        print(f"modelservice.modelservice.io/{found.name} adopted")
    return Exit.DONE
