"""`modelservice url`: the address to give to a client, and nothing else, for scripts."""

from __future__ import annotations

import argparse

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import Example
from modelservice.cli.seen import service

EXAMPLES = (
    Example("modelservice url tiny", "for OpenAI clients in the cluster"),
    Example("modelservice url tiny --base", "without /v1"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    parser.add_argument("--base", action="store_true", help="the server's root instead of the OpenAI API's")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    with Cluster.of(arguments) as cluster:
        status = service(cluster, arguments.name).status
    url = status.url if arguments.base else status.open_ai_url or status.url
    if not url:
        raise CommandError(f"{arguments.name} has no address yet", f"`modelservice status {arguments.name}` says why")
    print(url)
    return Exit.DONE
