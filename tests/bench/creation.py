"""How soon a new ModelService has its children: one at a time, and a thousand at once."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from statistics import median

from bench.client import create, in_parallel, rendered, serve
from bench.figures import Figure, percentile
from bench.world import World
from modelservice.kube.resources import Manifest

ONE_BY_ONE = 50
AT_ONCE = 1000
MS = 1000.0

Maker = Callable[[str], Awaitable[object]]


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


async def one_by_one(world: World, make: Maker, prefix: str) -> list[float]:
    """Seconds from each creation to its Deployment and Service, as a watcher sees them."""
    taken = []
    for name in names(prefix, ONE_BY_ONE):
        began = time.perf_counter()
        await make(name)
        taken.append(await world.exists(name) - began)
    return taken


async def at_once(world: World, make: Maker, prefix: str, count: int = AT_ONCE) -> float:
    """Seconds until all have all children and a status."""
    wanted = names(prefix, count)
    began = time.perf_counter()
    await in_parallel(wanted, make)
    sight = world.sight
    await world.wait(lambda: len(sight.status.keys() & wanted) == len(wanted))
    return max(max(sight.exists(name) or 0.0, sight.status[name]) for name in wanted) - began


def bare(world: World, status: Manifest, prefix: str, count: int) -> Maker:
    """Creates a ModelService and writes for it what the operator would."""
    children = {name: rendered(world.namespace, name) for name in names(prefix, count)}

    async def make(name: str) -> None:
        body = await create(world.session, world.namespace, name)
        await serve(world.session, body, children[name], status)

    return make


def creating(world: World) -> Maker:
    """Creates a ModelService; the operator does the rest."""
    return lambda name: create(world.session, world.namespace, name)


def latency(operator: list[float], client: list[float]) -> list[Figure]:
    typical, worst = median(operator) * MS, max(operator) * MS
    ratio = median(operator) / median(client)
    return [
        Figure(
            "create to Deployment and Service, median",
            "15 ms",
            f"{typical:.0f} ms ({ratio:.2f} x a bare client's {median(client) * MS:.0f} ms)",
            typical <= 15,
        ),
        Figure(
            f"the same, worst of {ONE_BY_ONE}",
            "30 ms",
            f"{worst:.0f} ms (bare client {max(client) * MS:.0f} ms; 90 %: {percentile(operator, 0.9) * MS:.0f} ms)",
            worst <= 30,
        ),
    ]


def throughput(operator: float, client: float) -> Figure:
    ratio = operator / client
    return Figure(
        f"{AT_ONCE} created at once, all children and statuses",
        "1.3 x a bare client",
        f"{ratio:.2f} x ({operator:.1f} s; bare client {client:.1f} s; {os.cpu_count()} cores)",
        ratio <= 1.3,
    )
