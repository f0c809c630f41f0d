"""How long nobody works when the leader is stopped, as by a rollout of the operator, and when it is killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure, say
from running_operator import RunningOperator


def takeover(kubeconfig: Path) -> list[Figure]:
    say("a leader that is stopped, and one that is killed")
    stopped = _handed_over(kubeconfig, RunningOperator.stop)
    killed = _handed_over(kubeconfig, RunningOperator.kill)
    told = f"{stopped:.1f} s ({stopped / killed:.2f} x a killed one's)"
    return [
        Figure("leader stopped: the other works", "2 s", told, stopped <= 2),
        Figure("leader killed: the other works", "20 s", f"{killed:.1f} s", killed <= 20),
    ]


def _handed_over(kubeconfig: Path, end: Callable[[RunningOperator], object]) -> float:
    """Seconds from the end of a leader to the lead of its standby, whose caches are whole."""
    with RunningOperator(kubeconfig) as leader, RunningOperator(kubeconfig) as other:
        for replica in (leader, other):
            replica.wait(replica.ready)
        if other.leads():
            leader, other = other, leader
        leader.wait(leader.leads)
        began = time.perf_counter()
        end(leader)
        other.wait(other.leads)
        return time.perf_counter() - began
