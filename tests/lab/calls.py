"""Whom pods call: every connection that a pod begins is seen by its node, whether or not anybody answers."""

import json
import subprocess
from collections.abc import Iterable
from typing import Any, Self

from lab.errors import LabError
from lab.identity import Identity
from lab.node import Node

TABLE = "calls"
# After connections are tracked and before a Service's address becomes a pod's; answers are no calls.
RULES = """
add table ip {table}
add set ip {table} seen {{ type ipv4_addr . ipv4_addr . inet_service; flags dynamic; size 65535; }}
add chain ip {table} begun {{ type filter hook prerouting priority -150; }}
add rule ip {table} begun ct direction original ip saddr {pods} add @seen {{ ip saddr . ip daddr . th dport }}
"""


class Calls:
    """What pods of these nodes call while the `with` block runs: `of` a pod's address, by address and port."""

    def __init__(self, identity: Identity, nodes: Iterable[Node]) -> None:
        self._identity = identity
        self._nodes = list(nodes)

    def __enter__(self) -> Self:
        for node in self._nodes:
            _nft(node, "-f", "-", script=RULES.format(table=TABLE, pods=self._identity.node_pod_cidr(node.number)))
        return self

    def __exit__(self, *_: object) -> None:
        for node in self._nodes:
            _nft(node, "delete", "table", "ip", TABLE)

    def of(self, address: str) -> set[str]:
        """The answer is empty for a pod that called nobody."""
        return {f"{called}:{port}" for node in self._nodes for caller, called, port in _seen(node) if caller == address}


def _seen(node: Node) -> list[tuple[str, str, int]]:
    [found] = [one["set"] for one in _nft(node, "-j", "list", "set", "ip", TABLE, "seen")["nftables"] if "set" in one]
    return [tuple(element["concat"]) for element in found.get("elem", [])]


def _nft(node: Node, *words: str, script: str = "") -> Any:
    """Inside the node's network namespace; the answer is what it prints as JSON, if it does."""
    command = ["nsenter", f"--target={node.init}", "--net", "--", "nft", *words]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"`nft {' '.join(words)}` on {node.name}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else {}
