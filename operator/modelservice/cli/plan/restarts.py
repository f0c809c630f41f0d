"""Whether pods are replaced, how many at a time, and how many there are meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelservice.kube.resources import Manifest


@dataclass(frozen=True, slots=True)
class Restart:
    """`pods` are replaced, `down` of them may be missing at a time, and `more` than usual may be there."""

    pods: int
    down: int
    more: int


def restart(before: Manifest, after: Manifest) -> Restart | None:
    """Between two states of a Deployment; None while its template stays, or where no pod runs."""
    pods = min(before["spec"].get("replicas", 1), after["spec"].get("replicas", 1))
    if before["spec"]["template"] == after["spec"]["template"] or not pods:
        return None
    strategy = after["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return Restart(pods, pods, 0)
    rolling, wanted = strategy.get("rollingUpdate", {}), after["spec"].get("replicas", 1)
    more = _share(rolling.get("maxSurge", "25%"), wanted, up=True)
    down = _share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    return Restart(pods, down or (0 if more else 1), more)


def _share(said: Any, wanted: int, *, up: bool) -> int:
    """A number, or so many percent: Kubernetes rounds a surge up, and what may be missing down."""
    if isinstance(said, int):
        return said
    share = int(said.removesuffix("%")) * wanted
    return -(-share // 100) if up else share // 100
