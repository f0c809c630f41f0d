"""Prints docs/cli.md: every command with its arguments, its options and its examples, from the commands themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

from modelservice.cli import flags
from modelservice.cli.exits import MEANINGS
from modelservice.cli.parser import Argument, arguments_of, parser_of
from modelservice.cli.registry import GROUPS, Command, Example

HEAD = """# The command line

Nothing here is needed: `kubectl` does for all that a cluster is asked. This is quicker to type, and says more. The
page is generated from the commands; `modelservice COMMAND --help` says the same.

## Get it

`pip install .` in a clone, with Python 3.11 or newer, brings `modelservice`; with `pip install '.[validate]'` it also
checks files as the API server would (`modelservice validate`). It comes with a plugin of kubectl: `kubectl msvc list`
is `modelservice list`. It is in the operator's image, too.

## How it speaks

What is asked for goes to standard output, everything else to standard error: an error is one sentence, and mostly a
`hint:` with the next step. Colours and progress are for terminals (`NO_COLOR` is honoured), a pipe gets plain lines,
and `-o` prints for programs.

The examples speak of a ModelService `tiny` in the context's namespace, whose file is `tiny.yaml`, and of a file
`qwen.yaml` with another one.
"""
CODES = "## Exit codes\n\n| code | means |\n|---|---|"
CLUSTER = """## Which cluster

Commands that talk to a cluster find it as kubectl does: `KUBECONFIG`, several files merged, contexts, exec plugins,
impersonation, proxies (http and https), and in a pod its ServiceAccount. All of them take

| option | |
|---|---|"""

OFTEN = {"+": "{} ...", "*": "[{} ...]", "?": "[{}]"}


def page() -> str:
    codes = [f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items()]
    where = [_row(argument) for argument in _where()]
    lines = [HEAD, CODES, *codes, "", CLUSTER, *where, ""]
    for group, commands in GROUPS.items():
        lines += [f"## {group}", ""]
        for command in commands:
            lines += _command(command)
    return "\n".join(lines).rstrip("\n") + "\n"


def _command(command: Command) -> Iterator[str]:
    arguments = list(arguments_of(parser_of(command)))
    own = [argument for argument in arguments if argument not in _where()]
    yield f"### {command.name}\n"
    yield f"{command.about}{'' if own == arguments else ' ([which cluster](#which-cluster))'}.\n"
    yield f"`{' '.join(['modelservice', command.name, *_typed(own)])}`\n"
    if own:
        yield "| | |\n|---|---|"
        yield from map(_row, own)
        yield ""
    yield from _examples(command.load().EXAMPLES)


def _where() -> list[Argument]:
    """What all commands that talk to a cluster have in common."""
    parser = argparse.ArgumentParser()
    flags.cluster(parser)
    return list(arguments_of(parser))


def _typed(arguments: Iterable[Argument]) -> Iterator[str]:
    """What follows the command's name."""
    for argument in arguments:
        if not argument.flags:
            yield OFTEN.get(argument.nargs, "{}").format(argument.metavar)
    if any(argument.flags for argument in arguments):
        yield "[OPTIONS]"


def _row(argument: Argument) -> str:
    names = ", ".join(f"`{flag}`" for flag in argument.flags or (argument.metavar,))
    value = " or ".join(argument.choices) or (argument.metavar if argument.flags and argument.takes_value else "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (f"{names} {value}".rstrip(), argument.about)) + " |"


def _examples(examples: Sequence[Example]) -> Iterator[str]:
    width = max(len(example.line) for example in examples)
    yield "```sh examples"
    yield from (f"{example.line:{width}}  # {example.about}" for example in examples)
    yield "```\n"


if __name__ == "__main__":
    print(page(), end="")
