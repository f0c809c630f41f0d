"""`modelservice logs`: what the engine or the loader writes, of all pods at once; each line bears its pod's name when
there are several. A model is fetched by a Job of its own, or by init containers of the engine's pods."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

from modelservice.cli import flags
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.pods import Log, engines, loaders
from modelservice.cli.registry import Example
from modelservice.cli.seen import service
from modelservice.facts.marks import ENGINE, LOADER
from modelservice.kube.errors import ApiError
from modelservice.kube.resources import POD, Key

EXAMPLES = (
    Example("modelservice logs tiny --tail 20", "the last lines of each engine"),
    Example("modelservice logs tiny -f", "go on as they are written", endless=True),
    Example("modelservice logs tiny --previous", "of the run before a crash"),
)
SILENCE = 24 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flags.service(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is written")
    parser.add_argument("-p", "--previous", action="store_true", help="of the container's run before this one")
    parser.add_argument("--loader", action="store_true", help="what fetches the model, instead of the engine")
    parser.add_argument("--pod", metavar="POD", help="of this pod only")
    parser.add_argument("--tail", type=int, metavar="LINES", help="only the last lines")
    flags.cluster(parser)


def run(arguments: argparse.Namespace) -> int:
    written_by = loaders if arguments.loader else engines
    with Cluster.of(arguments) as cluster:
        service(cluster, arguments.name)
        logs = [log for log in written_by(cluster, arguments.name) if arguments.pod in (None, log.pod)]
        if not logs:
            what = LOADER if arguments.loader else ENGINE
            raise CommandError(
                f"{arguments.name} has no {f'pod {arguments.pod}' if arguments.pod else f'{what} pod'}",
                f"`modelservice status {arguments.name}` shows its pods",
                Exit.NOT_FOUND,
            )
        cluster.run(_print(cluster, logs, _params(arguments)))
    return Exit.DONE


def _params(arguments: argparse.Namespace) -> dict[str, str]:
    said = {"follow": arguments.follow, "previous": arguments.previous}
    params = {name: "true" for name, value in said.items() if value}
    return params | ({"tailLines": str(arguments.tail)} if arguments.tail is not None else {})


async def _print(cluster: Cluster, logs: Sequence[Log], params: Mapping[str, str]) -> None:
    """One after the other, or all at once when they are followed. Lines of several logs never mix."""
    often = Counter(log.pod for log in logs)
    names = [log.pod if often[log.pod] == 1 else f"{log.pod} {log.container}" for log in logs]
    prints = [
        _copy(cluster, log, params, f"[{name}] " if len(logs) > 1 else "")
        for log, name in zip(logs, names, strict=True)
    ]
    if "follow" in params:
        await _together(prints)
        return
    for copy in prints:
        await copy


async def _together(prints: Iterable[Coroutine[Any, Any, None]]) -> None:
    """One that cannot be read, of a container that has not begun, say, ends no other; it is told in the end."""
    refused: list[ApiError] = []

    async def followed(copy: Coroutine[Any, Any, None]) -> None:
        try:
            await copy
        except ApiError as error:
            refused.append(error)

    await asyncio.gather(*map(followed, prints))
    if refused:
        raise refused[0]


async def _copy(cluster: Cluster, log: Log, params: Mapping[str, str], prefix: str) -> None:
    target = f"the log of {log.pod}"
    query = {**params, "container": log.container}
    path = POD.path(Key(cluster.namespace, log.pod), "log")
    rest = b""
    async with cluster.session.stream(path, target=target, params=query, silence=SILENCE) as stream:
        while chunk := await stream.read():
            *lines, rest = (rest + chunk).split(b"\n")
            _write(lines, prefix)
    _write([rest] if rest else [], prefix)


def _write(lines: list[bytes], prefix: str) -> None:
    for line in lines:
        sys.stdout.write(f"{prefix}{line.decode(errors='replace')}\n")
    sys.stdout.flush()
