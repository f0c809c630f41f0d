"""`modelservice scale`: how many replicas; the same door that an autoscaler uses."""

from __future__ import annotations

import argparse

from modelservice.cli import edits, flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import Example
from modelservice.kube.resources import MODEL_SERVICE

EXAMPLES = (Example("modelservice scale tiny 2", "two replicas"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    parser.add_argument("replicas", type=int, metavar="REPLICAS", help="how many shall run; 0 is allowed")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.replicas < 0:
        raise CommandError("REPLICAS must be 0 or more", exit_code=Exit.USAGE)
    with Cluster.of(arguments) as cluster:
        cluster.patch(MODEL_SERVICE, arguments.name, {"spec": {"replicas": arguments.replicas}}, "scale")
        body = cluster.get(MODEL_SERVICE, arguments.name)
    print(f"{edits.called(body)} scaled to {arguments.replicas}{edits.held(body)}")
    if body["spec"].get("suspend"):
        print(f"It is stopped: `modelservice start {arguments.name}` lets them run.")
    return Exit.DONE
