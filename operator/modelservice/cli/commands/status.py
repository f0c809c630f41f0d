"""`modelservice status`: all about one service on a page, for when it does not do what it should."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from modelservice.cli import flags, page
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import Exit
from modelservice.cli.flags import Output
from modelservice.cli.output import as_yaml, pretty
from modelservice.cli.registry import Example
from modelservice.cli.seen import service
from modelservice.cli.survey import survey

EXAMPLES = (
    Example("modelservice status tiny", "state, reason, start, pods, children, Events, the log line that matters"),
    Example("modelservice status tiny -o json", "the resource itself"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    flags.output(parser, Output.TABLE, Output.JSON, Output.YAML)
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 whatever the state is: `wait` asks whether it is ready."""
    with Cluster.of(arguments) as cluster:
        seen = service(cluster, arguments.name)
        if arguments.output == Output.JSON:
            print(pretty(seen.body))
        elif arguments.output == Output.YAML:
            print(as_yaml([seen.body]), end="")
        else:
            print(page.written(survey(cluster, seen), datetime.now(UTC)), end="")
    return Exit.DONE
