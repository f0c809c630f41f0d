"""`modelservice top`: how busy the models are, as their engines tell themselves."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.flags import Output
from modelservice.cli.output import as_table, pretty
from modelservice.cli.pods import answering, place
from modelservice.cli.readings import Load, Reading, load, together
from modelservice.cli.registry import Example
from modelservice.cli.scrape import Metered, Scraped, scrape
from modelservice.cli.seen import Service
from modelservice.cli.terminal import is_terminal
from modelservice.facts.marks import COMPONENT_LABEL, ENGINE, NAME_LABEL
from modelservice.kube.resources import MODEL_SERVICE, POD, Key

EXAMPLES = (
    Example("modelservice top", "the services of the context's namespace"),
    Example("modelservice top tiny --pods --interval 5s", "each pod of one, over five seconds"),
    Example("modelservice top -A -o json", "everywhere, for a program"),
    Example("modelservice top --watch", "again and again", endless=True),
)
HEAD = ("RUNNING", "WAITING", "TOKENS/S", "PROMPT/S", "CACHE", "TTFT")
JSON = (
    *("requestsRunning", "requestsWaiting", "tokensPerSecond", "promptTokensPerSecond", "cacheUsage"),
    "secondsToFirstToken",
)
"""By the fields of a Load, in their order."""
METRICS = "/metrics"
CLEAR = "\x1b[H\x1b[2J"


@dataclass(frozen=True, slots=True)
class Row:
    """A service and its pods that answer, each with its load, or none where it did not tell."""

    service: Service
    pods: Mapping[str, Load]

    @property
    def load(self) -> Load:
        return together(self.pods.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar=flags.SERVICE_NAME, help="ModelServices; default: all")
    parser.add_argument("--pods", action="store_true", help="a line for each pod")
    parser.add_argument(
        "--interval", type=flags.duration, default="2s", metavar="TIME", help="to count tokens over (default: 2s)"
    )
    parser.add_argument("-w", "--watch", action="store_true", help="go on, once an interval")
    flags.output(parser, Output.TABLE, Output.JSON)
    flags.cluster(parser, everywhere=True)


def run(arguments: argparse.Namespace) -> int:
    with Cluster.of(arguments) as cluster:
        for rows, problems in _looks(cluster, arguments):
            if arguments.output == Output.JSON:
                print(pretty([_as_json(row) for row in rows]), flush=True)
            else:
                clear = CLEAR if arguments.watch and is_terminal(sys.stdout) else ""
                print(f"{clear}{_table(rows, arguments)}", end="", flush=True)
            for pod, problem in problems.items():
                print(f"{pod}: {problem}", file=sys.stderr)
            if not arguments.watch:
                break
    return Exit.DONE


def _looks(cluster: Cluster, arguments: argparse.Namespace) -> Iterator[tuple[list[Row], dict[str, str]]]:
    """What is seen after each interval, and of each pod that told nothing why."""
    before: Mapping[Metered, Scraped] = {}
    while True:
        services = _services(cluster, arguments)
        targets = _targets(cluster, services, arguments.all_namespaces)
        every = [target for found in targets for target in found]
        before = before or cluster.run(scrape(cluster.session, every))
        cluster.run(asyncio.sleep(arguments.interval))
        after = cluster.run(scrape(cluster.session, every))
        rows = [
            Row(service, {target.pod: _load(before.get(target), after[target]) for target in found})
            for service, found in zip(services, targets, strict=True)
        ]
        yield rows, {target.pod: seen.problem for target, seen in after.items() if seen.problem}
        before = after


def _services(cluster: Cluster, arguments: argparse.Namespace) -> list[Service]:
    found = cluster.objects(MODEL_SERVICE, everywhere=arguments.all_namespaces)
    services = [Service.of(body) for body in found]
    missing = sorted(set(arguments.names) - {one.name for one in services})
    if missing:
        raise CommandError(
            f"there is no ModelService {missing[0]}", "`modelservice list -A` shows what there is", Exit.NOT_FOUND
        )
    return [one for one in services if not arguments.names or one.name in arguments.names]


def _targets(cluster: Cluster, services: Sequence[Service], everywhere: bool) -> list[list[Metered]]:
    """The pods that answer, service by service."""
    targets: dict[Key, list[Metered]] = {Key(one.namespace, one.name): [] for one in services}
    paths = {Key(one.namespace, one.name): _metrics_path(one) for one in services}
    labels = f"{NAME_LABEL},{COMPONENT_LABEL}={ENGINE}"
    for pod in answering(cluster.objects(POD, labels=labels, everywhere=everywhere)):
        owner = Key(pod["metadata"]["namespace"], pod["metadata"]["labels"][NAME_LABEL])
        if owner in targets:
            targets[owner].append(Metered(place(pod), paths[owner]))
    return list(targets.values())


def _metrics_path(service: Service) -> str:
    custom = (service.spec.get("engine") or {}).get("custom") or {}
    return str(custom.get("metricsPath") or METRICS)


def _load(before: Scraped | None, after: Scraped) -> Load:
    if after.reading is None:
        return Load()
    seconds = after.at - before.at if before else 0.0
    return load(before.reading if before else Reading(), after.reading, seconds)


def _table(rows: Sequence[Row], arguments: argparse.Namespace) -> str:
    if not rows:
        return "No ModelServices in this namespace; -A looks in all.\n"
    namespaced = arguments.all_namespaces
    lines: list[list[str]] = []
    for row in rows:
        begin = [row.service.namespace, row.service.name] if namespaced else [row.service.name]
        if arguments.pods:
            lines += [[*begin, pod, *_cells(load)] for pod, load in row.pods.items()]
        else:
            lines.append([*begin, str(len(row.pods)), *_cells(row.load)])
    head = [*(["NAMESPACE"] if namespaced else []), "NAME", "POD" if arguments.pods else "PODS", *HEAD]
    return as_table(head, lines)


def _cells(load: Load) -> list[str]:
    forms = ("{:.0f}", "{:.0f}", "{:.1f}", "{:.1f}", "{:.0%}", "{:.2f}s")
    return ["-" if told is None else form.format(told) for told, form in zip(astuple(load), forms, strict=True)]


def _as_json(row: Row) -> dict[str, Any]:
    pods = [{"name": pod, **_numbers(load)} for pod, load in row.pods.items()]
    return {"namespace": row.service.namespace, "name": row.service.name, **_numbers(row.load), "pods": pods}


def _numbers(load: Load) -> dict[str, float | None]:
    return dict(zip(JSON, astuple(load), strict=True))
