"""`modelservice list`: all services as `kubectl get modelservices` has them, and what an upgrade would change."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from modelservice.api.status import ConditionType
from modelservice.cli import flags
from modelservice.cli.ages import age
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.flags import Output
from modelservice.cli.output import as_json, as_table, as_yaml
from modelservice.cli.registry import Example
from modelservice.cli.seen import Service
from modelservice.kube.resources import MODEL_SERVICE, Manifest
from modelservice.kube.watch import EventType

EXAMPLES = (
    Example("modelservice list", "those of the context's namespace"),
    Example("modelservice list -A -o wide", "everywhere, with address and message"),
    Example("modelservice list --outdated", "what would change if each were restarted, as after an upgrade"),
    Example("modelservice list -w", "a line for each change", endless=True),
)
Columns = Mapping[str, Callable[[Service], str]]
COLUMNS: Columns = {
    "NAME": lambda one: one.name,
    "MODEL": lambda one: str(one.spec.get("model", "")),
    "ENGINE": lambda one: one.status.engine or "",
    "GPU": lambda one: one.status.gpu or "",
    "READY": lambda one: one.status.ready or "",
    "STATUS": lambda one: one.phase,
    "AGE": lambda one: age(one.body["metadata"].get("creationTimestamp")),
}
WIDE: Columns = {"URL": lambda one: one.status.open_ai_url or one.status.url or "", "MESSAGE": lambda one: one.message}
OUTDATED: Columns = {
    "NAME": COLUMNS["NAME"],
    "STATUS": COLUMNS["STATUS"],
    "REASON": lambda one: _outdated(one)[0],
    "CHANGE": lambda one: _outdated(one)[1],
}
NAMESPACE: Columns = {"NAMESPACE": lambda one: one.namespace}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outdated", action="store_true", help="only what a restart would change, and how")
    parser.add_argument("-w", "--watch", action="store_true", help="go on with a line for each change")
    flags.output(parser, *Output)
    flags.cluster(parser, everywhere=True)


def run(arguments: argparse.Namespace) -> int:
    if arguments.watch and arguments.output not in (Output.TABLE, Output.WIDE):
        raise CommandError("-w prints a table; leave out -o, or write -o wide", exit_code=Exit.USAGE)
    columns = _columns(arguments)
    with Cluster.of(arguments) as cluster:
        if arguments.watch:
            _watch(cluster, columns, arguments)
            return Exit.DONE
        bodies = cluster.objects(MODEL_SERVICE, everywhere=arguments.all_namespaces)
    bodies = [body for body in bodies if not arguments.outdated or _outdated(Service.of(body))[0]]
    print(_printed(bodies, columns, arguments), end="")
    return Exit.DONE


def _columns(arguments: argparse.Namespace) -> Columns:
    chosen = OUTDATED if arguments.outdated else COLUMNS
    more = WIDE if arguments.output == Output.WIDE else {}
    return {**(NAMESPACE if arguments.all_namespaces else {}), **chosen, **more}


def _printed(bodies: Sequence[Manifest], columns: Columns, arguments: argparse.Namespace) -> str:
    match arguments.output:
        case Output.JSON:
            return as_json(bodies) + "\n"
        case Output.YAML:
            return as_yaml(bodies)
        case Output.NAME:
            return "".join(f"modelservice.modelservice.io/{body['metadata']['name']}\n" for body in bodies)
    if not bodies:
        where = "anywhere" if arguments.all_namespaces else "in this namespace; -A looks in all"
        return f"No {'outdated ' if arguments.outdated else ''}ModelServices {where}.\n"
    return as_table(tuple(columns), [_row(body, columns) for body in bodies])


def _row(body: Manifest, columns: Columns) -> list[str]:
    one = Service.of(body)
    return [cell(one) for cell in columns.values()]


def _watch(cluster: Cluster, columns: Columns, arguments: argparse.Namespace) -> None:
    """Columns are as wide as what was seen first needs; the server begins a watch with what there is."""
    widths = [max(len(name), WATCH_WIDTHS.get(name, 0)) for name in columns]
    print("   ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip())
    for event in cluster.watch(MODEL_SERVICE, everywhere=arguments.all_namespaces):
        if event.type in (EventType.BOOKMARK, EventType.ERROR):
            continue
        if arguments.outdated and not _outdated(Service.of(event.object))[0]:
            continue
        cells = _row(event.object, columns)
        if event.type is EventType.DELETED:
            cells = ["Deleted" if name == "STATUS" else cell for name, cell in zip(columns, cells, strict=True)]
        line = "   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(line.rstrip(), flush=True)


WATCH_WIDTHS = {"NAMESPACE": 16, "NAME": 24, "MODEL": 32, "ENGINE": 8, "STATUS": 12, "URL": 56, "REASON": 14}


def _outdated(one: Service) -> tuple[str, str]:
    """Why it is not what would be rendered today, in a word and a sentence; nothing when it is."""
    found = one.condition(ConditionType.UP_TO_DATE)
    return (found.reason, found.message) if found and found.status == "False" else ("", "")
