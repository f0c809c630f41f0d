"""`modelservice delete`: the resource and what it owns; a cache that is kept is named."""

from __future__ import annotations

import argparse

from modelservice.cli import edits
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import Example
from modelservice.facts.marks import NAME_LABEL
from modelservice.kube.resources import CLAIM, MODEL_SERVICE

EXAMPLES = (Example("modelservice delete tiny", "its pods end as their drain allows"),)

add_arguments = edits.add_arguments


def run(arguments: argparse.Namespace) -> int:
    """All are tried; the first refusal is told at the end."""
    refused: list[CommandError] = []
    with Cluster.of(arguments) as cluster:
        for name in arguments.names:
            try:
                cluster.delete(MODEL_SERVICE, name)
            except CommandError as error:
                refused.append(error)
                continue
            print(f"modelservice.modelservice.io/{name} deleted")
            for claim in _kept(cluster, name):
                print(f"Its cache is kept: `kubectl delete pvc {claim}` frees the disk.")
    if refused:
        raise refused[0]
    return Exit.DONE


def _kept(cluster: Cluster, name: str) -> list[str]:
    """Claims that bear its label and that nothing owns. Who may not see claims is told of none."""
    try:
        claims = cluster.objects(CLAIM, labels=f"{NAME_LABEL}={name}")
    except CommandError:
        return []
    return [claim["metadata"]["name"] for claim in claims if not claim["metadata"].get("ownerReferences")]
