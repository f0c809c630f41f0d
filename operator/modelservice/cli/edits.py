"""Small edits of ModelServices, and what is said after them: what `scale`, `stop`, `start`, `restart` share."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import Exit
from modelservice.kube.resources import MODEL_SERVICE, Manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser, many=True)
    flags.cluster(parser)


def edit(arguments: argparse.Namespace, body: Manifest, said: Callable[[Manifest], str]) -> int:
    """The same merge patch for each of the names; `said` tells of the outcome."""
    with Cluster.of(arguments) as cluster:
        for name in arguments.names:
            print(said(cluster.patch(MODEL_SERVICE, name, body)))
    return Exit.DONE


def held(body: Manifest) -> str:
    """What is to be known of an edit while the spec is refused; nothing where it is accepted."""
    for condition in body.get("status", {}).get("conditions", []):
        if condition["type"] == "Accepted" and condition["status"] == "False":
            return f"\nIt waits until the spec is mended, which is refused: {condition['message']}"
    return ""


def called(body: Manifest) -> str:
    """How the outcome names a ModelService, as kubectl does."""
    return f"modelservice.modelservice.io/{body['metadata']['name']}"
