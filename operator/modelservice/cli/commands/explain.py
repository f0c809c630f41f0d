"""`modelservice explain`: what a condition's reason means and how to mend it, as docs/reasons.md has it."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator

from modelservice.api.explanations import CHAPTERS, EXPLANATIONS, Chapter
from modelservice.api.reasons import Reason
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.output import as_table, pretty
from modelservice.cli.registry import Example

EXAMPLES = (
    Example("modelservice explain", "every reason"),
    Example("modelservice explain NotEnoughGPUs", "what it means, and what to do"),
    Example("modelservice explain Reverted -o json", "for a program"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reason", nargs="?", metavar="REASON", help="as a condition has it; default: all of them")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    chosen = list(EXPLANATIONS) if arguments.reason is None else [_reason(arguments.reason)]
    if arguments.output == "json":
        print(pretty([_plain(reason) for reason in chosen]))
    elif arguments.reason is None:
        print("\n".join(part for chapter in CHAPTERS for part in _listed(chapter)), end="")
    else:
        print(_told(chosen[0]))
    return Exit.DONE


def _reason(said: str) -> Reason:
    """Whatever the case of its letters; a typo gets the nearest name."""
    known = {reason.lower(): reason for reason in EXPLANATIONS}
    if said.lower() in known:
        return known[said.lower()]
    near = difflib.get_close_matches(said.lower(), known, n=1)
    hint = f"did you mean {known[near[0]]}? " if near else ""
    raise CommandError(f"there is no reason {said}", f"{hint}`modelservice explain` lists them", Exit.NOT_FOUND)


def _plain(reason: Reason) -> dict[str, str]:
    told = EXPLANATIONS[reason]
    return {"reason": reason, "means": told.means, "remedy": told.remedy}


def _listed(chapter: Chapter) -> Iterator[str]:
    yield chapter.title
    yield as_table(("REASON", "MEANS"), [(reason, told.means) for reason, told in chapter.reasons.items()])


def _told(reason: Reason) -> str:
    told = EXPLANATIONS[reason]
    return f"{reason}: {told.means}" + (f"\nwhat to do: {told.remedy}" if told.remedy else "")
