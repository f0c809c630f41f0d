"""What `bench` asks: one question again and again, or those of a file in turn."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import Any

from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.texts import text_of

QUESTION = "Explain to a new colleague, step by step and with an example, how a hash table finds what was put into it."
Messages = list[dict[str, Any]]


def read_prompts(path: str) -> list[Messages]:
    """One prompt a line: plain text, or JSON with `prompt` or `messages`."""
    lines = text_of(path, Exit.USAGE).splitlines()
    found = [_messages(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise CommandError(f"{path} is empty", "write one prompt a line", Exit.USAGE)
    return found


def asked(text: str) -> Messages:
    """A question without anything before it."""
    return [{"role": "user", "content": text}]


def repeated(prompts: list[Messages], count: int) -> list[Messages]:
    """So many of them, from the first again when all have had their turn."""
    return list(islice(cycle(prompts), count))


def _messages(line: str, where: str) -> Messages:
    if not line.startswith("{"):
        return asked(line)
    try:
        said = json.loads(line)
    except ValueError as error:
        raise CommandError(f"{where} is no JSON: {error}", exit_code=Exit.USAGE) from error
    if isinstance(said.get("messages"), list):
        messages: Messages = said["messages"]
        return messages
    if isinstance(said.get("prompt"), str):
        return asked(said["prompt"])
    raise CommandError(f"{where} has neither a text `prompt` nor a list `messages`", exit_code=Exit.USAGE)
