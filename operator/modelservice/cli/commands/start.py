"""`modelservice start`: the other way of `stop`."""

from __future__ import annotations

import argparse

from modelservice.cli import edits
from modelservice.cli.registry import Example
from modelservice.kube.resources import Manifest

EXAMPLES = (Example("modelservice start tiny", "as many replicas as it had"),)

add_arguments = edits.add_arguments


def run(arguments: argparse.Namespace) -> int:
    return edits.edit(arguments, {"spec": {"suspend": None}}, _said)


def _said(body: Manifest) -> str:
    replicas = body["spec"].get("replicas", 1)
    nothing = "" if replicas else ", with replicas: 0; `modelservice scale` changes that"
    return f"{edits.called(body)} started{nothing}"
