"""`modelservice run`: from an installed package to an OpenAI URL, on a laptop with a GPU or without."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from modelservice.api.reasons import Reason
from modelservice.api.resource import ModelService
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.files import YAML_FILES, read_service
from modelservice.cli.progress import progress
from modelservice.cli.registry import Example
from modelservice.cli.texts import STDIN
from modelservice.local import compose
from modelservice.local.errors import SHOWN_LINES, ModelServerError
from modelservice.local.installed import suited
from modelservice.local.listen import LOOPBACK
from modelservice.local.machine import look
from modelservice.local.server import LocalServer

EXAMPLES = (
    Example(
        "modelservice run Qwen/Qwen2.5-0.5B-Instruct-GGUF", "with the installed engine that suits it", endless=True
    ),
    Example("modelservice run tiny.yaml", "the very ModelService that a cluster gets", endless=True),
    Example("modelservice run org/model --engine mock", "a server without a model, for a first try", endless=True),
    Example("modelservice run org/model --engine my_server.py", "a server of your own", endless=True),
    Example("modelservice run tiny.gguf --option ctx-size=4096", "a file, and an option of llama.cpp", endless=True),
)
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", metavar="FILE|MODEL", help="YAML with one ModelService, or a model: org/name, a folder, a .gguf"
    )
    parser.add_argument(
        "--engine", metavar="ENGINE", help="vllm, llamacpp, mock ... or a Python file; default: what suits"
    )
    parser.add_argument(
        "--port", type=int, metavar="PORT", help="default: the engine's own, or a free one where it is taken"
    )
    parser.add_argument(
        "--host", default=LOOPBACK, help="0.0.0.0 lets others in (default: %(default)s, this machine alone)"
    )
    parser.add_argument(
        "--option",
        dest="options",
        action="append",
        default=[],
        type=_option,
        metavar="K=V",
        help="an engine's own option",
    )


def run(arguments: argparse.Namespace) -> int:
    """The URL goes to standard output, the log to standard error, until the engine or the user ends it."""
    with _ending_in_order():
        try:
            server = LocalServer(_service(arguments), host=arguments.host, port=arguments.port)
            try:
                _serve(server)
            finally:
                server.stop()
        except ModelServerError as error:
            raise _told(error) from error
    return Exit.DONE


def _serve(server: LocalServer) -> None:
    for warning in server.command.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    with progress(server.model) as show:
        server.wait(show)
    print(f"{server.model} answers at {server.openai_url}; Ctrl-C ends it", file=sys.stderr)
    print(server.openai_url, flush=True)
    for line in server.follow():
        print(line, file=sys.stderr)
    if (why := server.ended()) is not None:
        raise why


def _service(arguments: argparse.Namespace) -> ModelService:
    if arguments.what != STDIN and Path(arguments.what).suffix not in YAML_FILES:
        engine = arguments.engine or suited(arguments.what, look())
        return compose.service(arguments.what, engine, dict(arguments.options))
    if arguments.engine or arguments.options:
        raise CommandError("the file says the engine and its options", "change spec.engine there", Exit.USAGE)
    return read_service(arguments.what)


def _option(text: str) -> tuple[str, Any]:
    """`key=value` as `engine.options` has it in YAML; a word alone is switched on."""
    key, equals, value = text.partition("=")
    try:
        return key.lstrip("-"), yaml.safe_load(value) if equals else True
    except yaml.YAMLError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no option: write key=value, with a YAML value") from error


def _told(error: ModelServerError) -> CommandError:
    for line in error.output.splitlines()[-SHOWN_LINES:]:
        print(f"  {line}", file=sys.stderr)
    code = Exit.TIMED_OUT if error.reason == Reason.STARTUP_TIMEOUT else Exit.NOT_SO
    return CommandError(error.cause, error.hint, code)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A signal that would end this program at once ends it by way of `finally`, with the exit code of that signal."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = [(number, signal.signal(number, end)) for number in ENDINGS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
