"""`modelservice call`: one request to a model server, with its key and from wherever the user is."""

from __future__ import annotations

import argparse
import json
import sys

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.reach import Server, reached
from modelservice.cli.registry import Example
from modelservice.cli.texts import text_of

EXAMPLES = (
    Example("modelservice call tiny /v1/models", "a GET: what it serves"),
    Example(
        """modelservice call tiny /v1/completions --data '{"prompt": "hello", "max_tokens": 8}'""",
        "a POST of JSON",
    ),
    Example("modelservice call tiny /tokenize --data @request.json", "of a file; @- is standard input"),
)
ROUTE = "ROUTE"
"""The metavar that completion knows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    parser.add_argument("route", metavar=ROUTE, help="path at the server, for example /v1/chat/completions")
    parser.add_argument("-d", "--data", metavar="JSON", help="what to send, as it is; @FILE reads it from a file")
    parser.add_argument("-X", "--method", metavar="METHOD", help="default: POST with --data, else GET")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """The answer goes to standard output as it comes; exit code 1 if the server refuses."""
    body = _body(arguments.data)
    method = (arguments.method or ("GET" if body is None else "POST")).upper()
    route = "/" + arguments.route.lstrip("/")
    with Cluster.of(arguments) as cluster, reached(cluster, arguments.name) as server:
        status = server.run(_copy(server, method, route, body))
    if status >= 400:
        raise CommandError(f"{arguments.name} answers {status} to {method} {route}")
    return Exit.DONE


def _body(data: str | None) -> bytes | None:
    if data is None:
        return None
    text = text_of(data.removeprefix("@"), Exit.USAGE) if data.startswith("@") else data
    try:
        json.loads(text)
    except ValueError as error:
        raise CommandError(f"--data is no JSON: {error}", exit_code=Exit.USAGE) from error
    return text.encode()


async def _copy(server: Server, method: str, route: str, body: bytes | None) -> int:
    last = b""
    async with server.client.ask(method, route, body) as answer:
        async for chunk in answer.chunks():
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            last = chunk
    if sys.stdout.isatty() and not last.endswith(b"\n"):
        print()
    return answer.status
