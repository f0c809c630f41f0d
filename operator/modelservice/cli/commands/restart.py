"""`modelservice restart`: new pods by the rollout's rules, which is also how new defaults are taken up."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.cli import edits
from modelservice.cli.registry import Example

EXAMPLES = (Example("modelservice restart tiny", "new pods, with the defaults of today"),)

add_arguments = edits.add_arguments


def run(arguments: argparse.Namespace) -> int:
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = {"metadata": {"annotations": {RESTART_ANNOTATION: when}}}
    return edits.edit(arguments, body, lambda body: f"{edits.called(body)} restarts{edits.held(body)}")
