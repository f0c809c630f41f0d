"""`modelservice validate`: what the API server and the operator would say of files, without either: for CI and
pre-commit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from pydantic import ValidationError

from modelservice.api import rules_offline
from modelservice.api.admission import refusals
from modelservice.api.config import OperatorConfig
from modelservice.api.reasons import Reason
from modelservice.api.resource import API_VERSION, KIND, parse
from modelservice.cli.documents import Document, documents
from modelservice.cli.exits import Exit
from modelservice.cli.files import WITH_A_LOADER, read_config
from modelservice.cli.output import pretty
from modelservice.cli.registry import Example

EXAMPLES = (
    Example("modelservice validate qwen.yaml", "one file"),
    Example("modelservice validate examples", "all ModelServices below a folder; other kinds are passed over"),
    Example("cat qwen.yaml | modelservice validate - -o json", "standard input, for a program"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`error`) or worth a look (`warning`), with the reason that the status would bear."""

    file: str
    name: str
    severity: str
    reason: str
    field: str
    message: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or folders with YAML; - is standard input")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--config", metavar="FILE", help="the operator's configuration; default: as shipped, with a loader"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when nothing would be refused; warnings do not count."""
    config = read_config(arguments.config) if arguments.config else WITH_A_LOADER
    looked, problems = 0, []
    for document in documents(arguments.files):
        if document.problem:
            problems.append(Problem(document.where, "", "error", Reason.INVALID_SPEC, "", document.problem))
        elif _is_ours(document.body):
            looked += 1
            problems += _problems(document, config)
    if arguments.output == "json":
        checked = rules_offline.installed()
        print(pretty({"looked": looked, "rules": checked, "problems": [asdict(problem) for problem in problems]}))
    else:
        _tell(looked, problems)
    return Exit.NOT_SO if any(problem.severity == "error" for problem in problems) else Exit.DONE


def _tell(looked: int, problems: list[Problem]) -> None:
    for problem in problems:
        who = f"{problem.name}: " if problem.name else ""
        print(f"{problem.file}: {problem.severity}: {who}{problem.message} ({problem.reason})")
    if not problems:
        print(f"{looked} {KIND}{'' if looked == 1 else 's'}: nothing would be refused")
    if not rules_offline.installed():
        print(f"note: the CRD's CEL rules are left to the API server; {rules_offline.HINT}", file=sys.stderr)


def _is_ours(body: object) -> bool:
    """Another version of ours is ours too: it would be refused."""
    return (
        isinstance(body, dict)
        and body.get("kind") == KIND
        and str(body.get("apiVersion")).startswith("modelservice.io/")
    )


def _problems(document: Document, config: OperatorConfig) -> Iterator[Problem]:
    body, metadata = document.body, document.body.get("metadata")
    name = str(metadata.get("name") or "") if isinstance(metadata, dict) else ""

    def problem(message: str, field: str = "", reason: str = Reason.INVALID_SPEC, *, refuses: bool = True) -> Problem:
        return Problem(document.where, name, "error" if refuses else "warning", reason, field, message)

    if body["apiVersion"] != API_VERSION:
        yield problem(f"apiVersion must be {API_VERSION}", "apiVersion")
    elif not name:
        yield problem("metadata.name is required", "metadata.name")
    elif found := refusals(body):
        yield from (problem(str(refusal), refusal.field) for refusal in found)
    else:
        from modelservice.cli.commands.render import render

        try:
            _, findings = render(parse(body), config)
        except ValidationError as error:
            yield from (problem(f"{'.'.join(map(str, e['loc']))}: {e['msg']}") for e in error.errors())
            return
        yield from (problem(found.told, found.field, found.reason, refuses=found.refuses) for found in findings)
