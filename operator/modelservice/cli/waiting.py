"""Waiting until ModelServices are ready, with each step told as it comes, and the reason told when it cannot be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from modelservice.api.status import ConditionType
from modelservice.cli.ages import took
from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.seen import Service, service
from modelservice.cli.terminal import Live, Style, painted

POLL = 0.5
"""A status changes a few times in minutes: a look twice a second is lighter than a watch that must be mended."""
MIB = 1024 * 1024


def wait_until_ready(cluster: Cluster, names: Sequence[str], timeout: float) -> int:
    """One service after the other, with one deadline for all. Failure is a CommandError with the reason."""
    deadline = time.monotonic() + timeout
    with Live() as live:
        for name in names:
            _wait(cluster, name, deadline, live)
    return Exit.DONE


def _wait(cluster: Cluster, name: str, deadline: float, live: Live) -> None:
    began = time.monotonic()
    while True:
        seen = service(cluster, name)
        if seen.holds(ConditionType.READY):
            passed = took(time.monotonic() - began)
            live.keep(f"{painted(name, Style.GOOD, live.stream)}: {seen.phase} after {passed}")
            return
        if seen.holds(ConditionType.STALLED):
            raise CommandError(f"{name}: {seen.phase}: {seen.message}", f"`modelservice status {name}` tells more")
        if time.monotonic() > deadline:
            raise CommandError(
                f"{name} is not ready in time: {seen.phase}: {seen.message}",
                "--timeout gives it longer; it goes on starting meanwhile",
                Exit.TIMED_OUT,
            )
        passed = took(time.monotonic() - began)
        live.show(f"{name}: {seen.phase}: {seen.message}", state=seen.phase, fleeting=f"{share(seen)} {passed}")
        cluster.run(asyncio.sleep(POLL))


def share(seen: Service) -> str:
    """How much of the model's files is there, while that grows and is known."""
    model = seen.status.model
    percent = downloaded_percent(seen)
    if percent is None or model is None or model.size_bytes is None:
        return ""
    return f"{percent} % of {model.size_bytes // MIB} MiB"


def downloaded_percent(seen: Service) -> int | None:
    """The same in percent; None when it does not grow, or nobody knows."""
    model = seen.status.model
    if not (seen.observed and model and model.size_bytes and model.done_bytes is not None):
        return None
    return None if model.done_bytes >= model.size_bytes else 100 * model.done_bytes // model.size_bytes
