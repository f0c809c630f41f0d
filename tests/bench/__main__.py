"""Runs the bench and prints its table. It takes some minutes; nothing else should run beside it."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from pathlib import Path

from bench import creation
from bench.commands import commands
from bench.creation import AT_ONCE, ONE_BY_ONE, at_once, bare, creating, one_by_one
from bench.figures import Figure, table
from bench.world import Process, World
from lab.client import Client
from lab.controlplane import ControlPlane
from lab.lab import Lab, Spec
from modelservice.kube import apply
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from running_operator import RunningOperator

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"
STEADY = 60.0
MIB, KIB = 1024 * 1024, 1024


async def main() -> None:
    say("commands and rendering")
    figures = list(commands())
    lab = Lab.up(f"bench-{os.getpid()}", Spec(), owned=True)
    try:
        with Client(lab.controlplane.kubeconfig) as client:
            client.install(CRD)
        figures += await measured(lab.controlplane)
    finally:
        lab.down()
    print(table(figures))


async def measured(controlplane: ControlPlane) -> list[Figure]:
    """The operator first: the statuses that it writes are the bare client's own."""
    with RunningOperator(controlplane.kubeconfig) as operator:
        operator.wait(operator.leads)
        async with World.open(controlplane, f"bench-{secrets.token_hex(2)}") as world:
            say("one by one, by the operator")
            singly = await one_by_one(world, creating(world), "one")
            say(f"{AT_ONCE} at once, by the operator")
            together = await at_once(world, creating(world), "many")
            status = await a_status(world, "one-0")
            figures = await in_steady_state(world, operator)
    async with World.open(controlplane, f"bench-{secrets.token_hex(2)}") as world:
        say("one by one, by a bare client")
        singly_bare = await one_by_one(world, bare(world, status, "one", ONE_BY_ONE), "one")
        say(f"{AT_ONCE} at once, by a bare client")
        together_bare = await at_once(world, bare(world, status, "many", AT_ONCE), "many")
    return [*creation.latency(singly, singly_bare), creation.throughput(together, together_bare), *figures]


async def a_status(world: World, name: str) -> Manifest:
    body = await apply.get(world.session, MODEL_SERVICE, Key(world.namespace, name))
    assert body
    status: Manifest = body["status"]
    return status


async def in_steady_state(world: World, operator: RunningOperator) -> list[Figure]:
    say("until nothing is written any more")
    await quiet(world)
    assert operator.process
    process = Process(operator.process.pid)
    memory, written, busy = process.memory(), await world.written(), process.busy()
    say(f"{STEADY:.0f} s of steady state")
    await asyncio.sleep(STEADY)
    writes, share = await world.written() - written, (process.busy() - busy) / STEADY
    say("restart")
    written = await world.written()
    operator.stop()
    began = time.perf_counter()
    operator.start()
    operator.wait(operator.ready)
    whole = time.perf_counter() - began
    total = AT_ONCE + ONE_BY_ONE
    operator.wait(lambda: operator.metric("controller_runtime_reconcile_total") >= total, within=300)
    await quiet(world)
    again = await world.written() - written
    fresh = Process(operator.process.pid).memory()
    say(f"{AT_ONCE} more")
    await at_once(world, creating(world), "more")
    await quiet(world)
    more = (Process(operator.process.pid).memory() - fresh) / AT_ONCE
    return [
        Figure(f"restart with {total}: writes", "0", f"{again:.0f}", again == 0),
        Figure("restart: caches whole", "3 s", f"{whole:.1f} s", whole <= 3),
        Figure(f"steady state, {STEADY:.0f} s: writes", "0", f"{writes:.0f}", writes == 0),
        Figure("steady state: share of a core", "1 %", f"{share * 100:.2f} %", share < 0.01),
        Figure(f"memory with {total}", "100 MiB", f"{memory / MIB:.0f} MiB", memory < 100 * MIB),
        Figure("memory for each more", "20 KiB", f"{more / KIB:.1f} KiB", more < 20 * KIB),
    ]


async def quiet(world: World) -> None:
    """Until the API server has counted no write for a few seconds."""
    before = -1.0
    while (now := await world.written()) != before:
        before = now
        await asyncio.sleep(5)


def say(what: str) -> None:
    print(f"bench: {what}", flush=True)


asyncio.run(main())
