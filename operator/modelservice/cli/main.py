"""The entry point: finds the command, and is the one place where errors become sentences and exit codes."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence

from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import COMMANDS, GROUPS, program


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; `exits.MEANINGS` tells what the number says."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `modelservice list | head`: the reader has enough
        _write_no_more()
        return Exit.DONE
    except OSError as error:  # a full disk behind `>`, and what no command expected
        _write_no_more()
        print(f"error: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        return Exit.NOT_SO
    return code


def _write_no_more() -> None:
    """Else what is left in the buffer fails once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(), end="")
        return Exit.DONE if words else Exit.USAGE
    if words[0] == "--version":
        from modelservice import __version__

        print(__version__)
        return Exit.DONE
    if words[0] == "__complete":
        from modelservice.cli.complete import complete

        print("\n".join(complete(words[1:])))
        return Exit.DONE
    command = COMMANDS.get(words[0])
    if command is None:
        near = difflib.get_close_matches(words[0], COMMANDS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise CommandError(f"there is no command {words[0]}", f"{hint}`{program()} --help` lists them", Exit.USAGE)
    from modelservice.cli.parser import parser_of

    return command.load().run(parser_of(command).parse_args(words[1:]))


def overview() -> str:
    """What `--help` prints: every command, by what one wants of it."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"usage: {program()} COMMAND ...", "", "Model servers on Kubernetes from one short YAML."]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:", *(f"  {command.name:{width}}{command.about}" for command in commands)]
    return "\n".join([*lines, "", f"`{program()} COMMAND --help` tells more.", ""])
