"""`modelservice bench`: the same questions to one server or to several, and how long each took to answer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from modelservice.cli import bench_report, flags
from modelservice.cli.background import Background
from modelservice.cli.bench_report import Measured
from modelservice.cli.cluster import Cluster
from modelservice.cli.commands.chat import default_model
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.flags import Output
from modelservice.cli.keys import VARIABLE
from modelservice.cli.output import pretty
from modelservice.cli.prompts import QUESTION, Messages, asked, read_prompts, repeated
from modelservice.cli.reach import Server, reached, reached_at
from modelservice.cli.registry import Example
from modelservice.cli.terminal import Live
from modelservice.talk.figures import figures
from modelservice.talk.load import Outcome, outcomes, round_trip

EXAMPLES = (
    Example("modelservice bench tiny", "32 equal questions, 8 at once, after a warm-up"),
    Example("modelservice bench tiny swift --requests 100 --concurrency 16", "two services side by side"),
    Example("modelservice bench tiny --prompts questions.txt --max-tokens 256 -o json", "questions of a file"),
    Example('modelservice bench "$OPENAI_BASE_URL"', "a server that is in no cluster"),
)
ANSWER = 128
PATIENCE = "10m"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="+", metavar=flags.SERVICE_NAME, help="ModelServices, or base URLs of OpenAI's API"
    )
    parser.add_argument("-N", "--requests", type=_count, default=32, metavar="N", help="how many (default: 32)")
    parser.add_argument(
        "-c", "--concurrency", type=_count, default=8, metavar="N", help="how many at once (default: 8)"
    )
    parser.add_argument(
        "--warm-up", type=int, metavar="N", help="requests before those that count; default: as many as go at once"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--prompt", default=QUESTION, metavar="TEXT", help="the question; default: one of 22 words")
    which.add_argument("--prompts", metavar="FILE", help="a prompt a line: text, or JSON with prompt or messages")
    parser.add_argument(
        "--max-tokens", type=_count, default=ANSWER, metavar="N", help=f"of an answer (default: {ANSWER})"
    )
    parser.add_argument("--model", metavar="MODEL", help="a name that all of them serve; default: each one's own")
    flags.timeout(parser, PATIENCE, "for one answer")
    flags.output(parser, Output.TABLE, Output.JSON)
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """One server after the other, so that none slows another. Exit code 1 if a request failed."""
    prompts = read_prompts(arguments.prompts) if arguments.prompts else [asked(arguments.prompt)]
    measured = []
    with Live() as live:
        for name in arguments.names:
            with _reached(arguments, name) as server:
                measured.append(_measure(server, prompts, arguments, live))
    if arguments.output == Output.JSON:
        settings = {"requests": arguments.requests, "concurrency": arguments.concurrency}
        print(pretty({**settings, "servers": [bench_report.as_json(one) for one in measured]}))
    else:
        print(bench_report.as_text(measured), end="")
    failures = [(one, error, count) for one in measured for error, count in one.figures.errors.items()]
    for one, error, count in failures:
        print(f"{one.name}: {count} of {one.figures.requests} failed: {error}", file=sys.stderr)
    return Exit.NOT_SO if failures else Exit.DONE


@contextmanager
def _reached(arguments: argparse.Namespace, name: str) -> Iterator[Server]:
    if "://" in name:
        with Background() as background, reached_at(background, name, os.environ.get(VARIABLE, "")) as server:
            yield server
    else:
        with Cluster.of(arguments) as cluster, reached(cluster, name) as server:
            yield server


def _measure(server: Server, prompts: list[Messages], arguments: argparse.Namespace, live: Live) -> Measured:
    request = {"model": arguments.model or default_model(server), "max_tokens": arguments.max_tokens}
    warm_up = arguments.concurrency if arguments.warm_up is None else arguments.warm_up

    def ask(title: str, count: int) -> list[Outcome]:
        bodies: Sequence[dict[str, Any]] = [{**request, "messages": one} for one in repeated(prompts, count)]
        seen: list[Outcome] = []
        live.show(f"{server.name}: {title}", fleeting=f"0 of {count}")
        for outcome in server.each(outcomes(server.client, bodies, arguments.concurrency, arguments.timeout)):
            seen.append(outcome)
            live.show(f"{server.name}: {title}", fleeting=f"{len(seen)} of {count}")
        return seen

    warmed = ask("warm-up", warm_up)
    if warmed and all(one.error for one in warmed):
        raise CommandError(f"{server.name} answers nothing: {warmed[0].error}")
    way = server.run(round_trip(server.client))
    return Measured(server.name, request["model"], way, figures(ask("measuring", arguments.requests)))


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return int(text)
