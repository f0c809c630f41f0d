"""`modelservice doctor`: is this cluster ready for ModelServices, and if not, what to do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.doctor import installed, surroundings
from modelservice.cli.doctor.check import Check, Checker, Found
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.output import pretty
from modelservice.cli.registry import Example
from modelservice.cli.terminal import Style, painted

EXAMPLES = (
    Example("modelservice doctor", "the operator, its CRD, GPUs, RuntimeClass, storage, DNS"),
    Example("modelservice doctor -o json", "for a program; the exit code is 1 when there is a problem"),
)
CHECKS: Mapping[str, Checker] = {
    "API server": installed.api_server,
    "CRD": installed.definition,
    "operator": installed.operator,
    "leader": installed.leader,
    "GPUs": surroundings.gpus,
    "RuntimeClass": surroundings.runtime_class,
    "storage": surroundings.storage,
    "DNS": surroundings.dns,
}
STYLES = {
    Found.OK: Style.GOOD,
    Found.WARNING: Style.WAITING,
    Found.PROBLEM: Style.BAD,
    Found.UNKNOWN: Style.FAINT,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    """1 when there is a problem; warnings do not count. A cluster that does not answer is told as an error."""
    with Cluster.of(arguments) as cluster:
        checks = [check for about, look in CHECKS.items() for check in _looked(cluster, about, look)]
    if arguments.output == "json":
        print(pretty([asdict(check) for check in checks]))
    else:
        print("".join(f"{line}\n" for check in checks for line in _lines(check)), end="")
    return Exit.NOT_SO if any(check.found is Found.PROBLEM for check in checks) else Exit.DONE


def _looked(cluster: Cluster, about: str, look: Checker) -> Iterator[Check]:
    """The first check asks for what everybody may see, so a refusal of a later one is about rights."""
    try:
        yield from look(cluster)
    except CommandError as error:
        if look is installed.api_server or error.exit_code != Exit.CLUSTER:
            raise
        yield Check(about, Found.UNKNOWN, f"you may not look: {error}", "ask whoever runs the cluster")


def _lines(check: Check) -> Iterator[str]:
    width = max(map(len, Found))
    yield f"{painted(f'{check.found:{width}}', STYLES[check.found])}  {check.about}: {check.message}"
    if check.fix:
        yield f"{'':{width}}  fix: {check.fix}"
