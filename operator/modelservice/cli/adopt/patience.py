"""Waiting for what others do, and saying what they did not do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from modelservice.cli.cluster import Cluster
from modelservice.cli.exits import CommandError, Exit

PATIENCE = 60.0
POLL = 0.2


def wait(cluster: Cluster, so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > deadline:
            raise CommandError(otherwise, "`modelservice doctor` tells whether the operator works", Exit.TIMED_OUT)
        cluster.run(asyncio.sleep(POLL))
