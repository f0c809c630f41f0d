"""`modelservice wait`: until a service is ready, or the reason why it will not be, with an exit code to rely on."""

from __future__ import annotations

import argparse

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.registry import Example
from modelservice.cli.waiting import wait_until_ready

EXAMPLES = (
    Example("modelservice wait tiny", "shows each step; 1 with the reason when only a person can help"),
    Example("modelservice wait tiny --timeout 10m", "5 when it is not ready by then"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser, many=True)
    flags.timeout(parser, "1h", "how long at most")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    with Cluster.of(arguments) as cluster:
        return wait_until_ready(cluster, arguments.names, arguments.timeout)
