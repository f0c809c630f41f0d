"""What the operator costs while nothing changes, across a restart, and for each more ModelService."""

from __future__ import annotations

import asyncio

from bench.creation import AT_ONCE, ONE_BY_ONE, at_once, creating
from bench.figures import Figure, say
from bench.kept import KeptOperator
from bench.listing import listing
from bench.world import Process, World

TOTAL = AT_ONCE + ONE_BY_ONE
STEADY = 60.0
MORE = 300
MIB, KIB = 1024 * 1024, 1024


async def steady(world: World, kept: KeptOperator, empty: int) -> list[Figure]:
    """`empty` is its memory with no ModelService; Kubernetes' own controllers do the same nothing beside it."""
    manager = world.controlplane.controller_manager.pid
    assert manager

    async def minute() -> tuple[float, float, float, int]:
        await quiet(world)
        processes = kept.process, Process(manager)
        memory, written = processes[0].memory(), await world.written()
        before = [process.busy() for process in processes]
        await asyncio.sleep(STEADY)
        ours, theirs = ((now.busy() - then) / STEADY for now, then in zip(processes, before, strict=True))
        return await world.written() - written, ours, theirs, memory

    say(f"{STEADY:.0f} s of steady state")
    writes, ours, theirs, memory = await kept.read(minute)
    return [
        Figure(f"steady state, {STEADY:.0f} s: writes", "0", f"{writes:.0f}", writes == 0),
        Figure(
            "steady state: share of a core",
            "1 %",
            f"{ours * 100:.2f} % ({ours / theirs:.2f} x kube-controller-manager's {theirs * 100:.2f} %)",
            ours < 0.01,
        ),
        Figure(
            f"memory with {TOTAL}",
            "100 MiB",
            f"{memory / MIB:.0f} MiB ({memory / empty:.2f} x its {empty / MIB:.0f} MiB with none)",
            memory < 100 * MIB,
        ),
    ]


async def restart(world: World, kept: KeptOperator) -> list[Figure]:
    say("restart")
    bare = (await listing(world.session)).seconds
    written = await world.written()
    whole = await kept.restart()
    await kept.until(lambda: kept.reconciled() >= TOTAL)
    await quiet(world)
    writes = await world.written() - written
    return [
        Figure(f"restart with {TOTAL}: writes", "0", f"{writes:.0f}", writes == 0),
        Figure(
            "restart: caches whole",
            "3 s",
            f"{whole:.1f} s ({whole / bare:.1f} x a bare client's lists of the same, {bare:.1f} s)",
            whole <= 3,
        ),
    ]


async def growth(world: World, kept: KeptOperator) -> Figure:
    """Of a process that has passed over all that there is, and then over some more."""
    say(f"{MORE} more")

    async def grown() -> tuple[float, float]:
        await quiet(world)
        prefix = f"more-{kept.ends}"
        memory, listed = kept.process.memory(), await listing(world.session)
        await at_once(world, creating(world), prefix, MORE)
        await quiet(world)
        more = (await listing(world.session)).bytes - listed.bytes
        return (kept.process.memory() - memory) / MORE, more / MORE

    ours, json = await kept.read(grown)
    told = f"{ours / KIB:.1f} KiB ({ours / json:.2f} x the {json / KIB:.1f} KiB of its objects' JSON)"
    return Figure("memory for each more", "20 KiB", told, ours < 20 * KIB)


async def quiet(world: World) -> None:
    """Until the API server has counted no write for a few seconds."""
    before = -1.0
    while (now := await world.written()) != before:
        before = now
        await asyncio.sleep(5)
