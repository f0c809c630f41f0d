"""`modelservice eject`: the ModelService goes, what it made stays as plain objects, and no pod restarts."""

from __future__ import annotations

import argparse

from modelservice.cli import consent, flags
from modelservice.cli.adopt.release import let_go
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import Exit
from modelservice.cli.registry import Example
from modelservice.cli.seen import service

EXAMPLES = (Example("modelservice eject tiny --yes", "its Deployment and Service serve on, and are yours"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    consent.add_arguments(parser)
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """What stays is printed, one object a line."""
    with Cluster.of(arguments) as cluster:
        seen = service(cluster, arguments.name)
        question = f"Let ModelService {seen.name} go, and keep what it made as plain objects?"
        consent.ask(question, arguments)
        stays = let_go(cluster, seen.name)
    print(f"modelservice.modelservice.io/{seen.name} let go; what stays is yours:")
    print("".join(f"  {what}\n" for what in stays), end="")
    return Exit.DONE
