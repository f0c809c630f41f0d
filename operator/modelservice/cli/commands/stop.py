"""`modelservice stop`: give the GPUs back and keep everything else."""

from __future__ import annotations

import argparse

from modelservice.cli import edits
from modelservice.cli.registry import Example

EXAMPLES = (Example("modelservice stop tiny", "its pods end; the resource, its address and its cache stay"),)

add_arguments = edits.add_arguments


def run(arguments: argparse.Namespace) -> int:
    return edits.edit(arguments, {"spec": {"suspend": True}}, lambda body: f"{edits.called(body)} stopped")
