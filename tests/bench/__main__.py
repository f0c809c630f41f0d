"""Runs the bench and prints its table. It takes some minutes; nothing else should run beside it."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

from bench import creation
from bench.commands import commands
from bench.creation import AT_ONCE, ONE_BY_ONE, at_once, bare, creating, one_by_one
from bench.figures import Figure, say, table
from bench.kept import KeptOperator
from bench.steady import growth, restart, steady
from bench.takeover import takeover
from bench.world import World
from lab.client import Client
from lab.controlplane import ControlPlane
from lab.lab import Lab, Spec
from modelservice.kube import apply
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest
from running_operator import RunningOperator

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"


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
    async with (
        KeptOperator.open(RunningOperator(controlplane.kubeconfig)) as kept,
        World.open(controlplane, f"bench-{secrets.token_hex(2)}") as world,
    ):
        empty = kept.process.memory()
        say("one by one, by the operator")
        singly = await one_by_one(world, creating(world), "one")
        say(f"{AT_ONCE} at once, by the operator")
        together = await at_once(world, creating(world), "many")
        status = await a_status(world, "one-0")
        figures = [*await steady(world, kept, empty), *await restart(world, kept), await growth(world, kept)]
    async with World.open(controlplane, f"bench-{secrets.token_hex(2)}") as world:
        say("one by one, by a bare client")
        singly_bare = await one_by_one(world, bare(world, status, "one", ONE_BY_ONE), "one")
        say(f"{AT_ONCE} at once, by a bare client")
        together_bare = await at_once(world, bare(world, status, "many", AT_ONCE), "many")
    speed = [*creation.latency(singly, singly_bare), creation.throughput(together, together_bare)]
    return [*speed, *figures, kept.figure(), *takeover(controlplane.kubeconfig)]


async def a_status(world: World, name: str) -> Manifest:
    body = await apply.get(world.session, MODEL_SERVICE, Key(world.namespace, name))
    assert body
    status: Manifest = body["status"]
    return status


asyncio.run(main())
