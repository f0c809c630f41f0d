"""`modelservice chat`: a conversation at a terminal, or one question in a script."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.reach import Server, reached
from modelservice.cli.registry import Example
from modelservice.cli.terminal import Style, painted
from modelservice.talk.conversation import Conversation

EXAMPLES = (
    Example("modelservice chat tiny", "Ctrl-C stops an answer, Ctrl-D ends"),
    Example('modelservice chat tiny "Why is the sky blue?"', "one question; the answer goes to standard output"),
    Example('modelservice chat tiny --system "Answer in one word." < question.txt', "a question from a pipe or file"),
)
PROMPT = "> "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    parser.add_argument("message", nargs="?", metavar="MESSAGE", help="ask this alone, instead of at the terminal")
    parser.add_argument("--system", default="", metavar="TEXT", help="the system prompt")
    parser.add_argument(
        "--model", metavar="MODEL", help="a name that it serves, such as an adapter's; default: its own"
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help="the longest answer; default: the engine's")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    question = _question(arguments.message)
    with Cluster.of(arguments) as cluster, reached(cluster, arguments.name) as server:
        model = arguments.model or default_model(server)
        limit = {} if arguments.max_tokens is None else {"max_tokens": arguments.max_tokens}
        conversation = Conversation({"model": model, **limit}, arguments.system)
        if question is not None:
            _answer(server, conversation, question)
            return Exit.DONE
        print(f"{model} of {arguments.name}: Ctrl-C stops an answer, Ctrl-D ends.", file=sys.stderr)
        _converse(server, conversation)
    return Exit.DONE


def default_model(server: Server) -> str:
    """The first that it lists: the model's own, before those of adapters."""
    names = server.run(server.client.models())
    if not names:
        raise CommandError(f"{server.name} serves no model", "--model names one that it does not list")
    return names[0]


def _question(message: str | None) -> str | None:
    """None at a terminal, where the questions come one by one."""
    if message is None and sys.stdin.isatty():
        return None
    text = sys.stdin.read() if message is None else message
    if not text.strip():
        raise CommandError("there is no question on standard input", "write it behind the name", Exit.USAGE)
    return text


def _converse(server: Server, conversation: Conversation) -> None:
    import readline  # noqa: F401 (input() edits lines and remembers them with it)

    while True:
        try:
            question = input(PROMPT)
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            continue
        if not question.strip():
            continue
        try:
            _answer(server, conversation, question)
        except KeyboardInterrupt:
            print(painted(" (stopped)", Style.FAINT))
        except CommandError as error:
            print(f"error: {error}", file=sys.stderr)


def _answer(server: Server, conversation: Conversation, question: str) -> None:
    """Shown as it comes. What a model thinks before it answers is for people only, not for pipes."""
    told: list[str] = []
    try:
        for piece in server.each(server.client.chat(conversation.asking(question))):
            if piece.thought and sys.stderr.isatty():
                _show(painted(piece.thought, Style.FAINT, sys.stderr), sys.stderr)
            if piece.text:
                _show(piece.text, sys.stdout)
                told.append(piece.text)
        print()
    finally:
        if told:
            conversation.answered(question, "".join(told))


def _show(text: str, stream: Any) -> None:
    stream.write(text)
    stream.flush()
