"""The wire between a lab's nodes and this machine, which any node can be cut from.

A switch in a network namespace of its own joins the nodes; this machine hangs on it by one interface, so that its
firewall does not see the traffic between nodes, and nothing is left once the switch's process is gone.
"""

import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from lab.errors import LabError
from lab.identity import Identity
from lab.process import Process

NAMESPACE_WITHIN = 5.0


class Network:
    """The switch of one lab, the machine's way to it, and a port on it for each node."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.switch = Process("switch", identity.folder)

    def up(self) -> None:
        """Make the switch; nodes, Services and pods get their routes from this machine."""
        lab = self._identity
        self.switch.start(["unshare", "--net", "--", "sleep", "infinity"])
        _await_own_namespace(self.switch)
        run_ip([f"link add {lab.bridge} type veth peer name machine netns {self._switch_pid}"])
        run_ip(
            ["link add switch type bridge forward_delay 0", "link set machine master switch up", "link set switch up"],
            inside=self._switch_pid,
        )
        run_ip(
            [
                f"address add {lab.gateway}/{lab.node_cidr.prefixlen} dev {lab.bridge}",
                f"link set {lab.bridge} up",
                f"route add {lab.service_cidr} via {lab.node_ip(1)}",
            ]
        )

    def attach(self, number: int, pid: int, nodes: int) -> None:
        """Give the node, one of `nodes`, whose init is `pid` its interface, its address and its routes."""
        lab = self._identity
        run_ip([f"link add {_port(number)} type veth peer name eth0 netns {pid}"], inside=self._switch_pid)
        run_ip([f"link set {_port(number)} master switch up"], inside=self._switch_pid)
        others = [other for other in range(1, nodes + 1) if other != number]
        run_ip(
            [
                "link set lo up",
                f"address add {lab.node_ip(number)}/{lab.node_cidr.prefixlen} dev eth0",
                "link set eth0 up",
                # A packet for a Service needs some route before kube-proxy gives it another destination.
                f"route add {lab.service_cidr} via {lab.gateway}",
                *[f"route add {lab.node_pod_cidr(other)} via {lab.node_ip(other)}" for other in others],
            ],
            inside=pid,
        )
        run_ip([f"route replace {lab.node_pod_cidr(number)} via {lab.node_ip(number)}"])

    def detach(self, number: int) -> None:
        """Take away the port of a node that is gone: the kernel does so too, but only in its own time."""
        enter = ["nsenter", f"--target={self._switch_pid}", "--net", "--"]
        subprocess.run([*enter, "ip", "link", "delete", _port(number)], capture_output=True)

    def down(self) -> None:
        """Remove the switch and all that hangs on it."""
        subprocess.run(["ip", "link", "delete", self._identity.bridge], capture_output=True)
        self.switch.kill()

    def cut(self, number: int) -> None:
        """The node reaches nobody and nobody reaches it; what runs there goes on."""
        run_ip([f"link set {_port(number)} down"], inside=self._switch_pid)

    def heal(self, number: int) -> None:
        """Undo `cut`."""
        run_ip([f"link set {_port(number)} up"], inside=self._switch_pid)

    @property
    def _switch_pid(self) -> int:
        if (pid := self.switch.pid) is None:
            raise LabError(f"the network of lab {self._identity.name} is down")
        return pid


def _port(number: int) -> str:
    return f"node{number}"


def _await_own_namespace(switch: Process) -> None:
    """Return once the `unshare` of `switch` has left this process's network namespace."""
    here = Path("/proc/self/ns/net").readlink()
    deadline = time.monotonic() + NAMESPACE_WITHIN
    while Path(f"/proc/{switch.pid}/ns/net").readlink() == here:
        if time.monotonic() > deadline:
            raise LabError(f"no network namespace of its own after {NAMESPACE_WITHIN} s: {switch.tail()}")
        time.sleep(0.005)


def run_ip(commands: Iterable[str], inside: int | None = None) -> None:
    """Run these `ip` commands in order, in the network namespace of process `inside` or in this one."""
    entry = ["nsenter", f"--target={inside}", "--net", "--"] if inside else []
    script = "\n".join(commands)
    done = subprocess.run([*entry, "ip", "-batch", "-"], input=script, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"`ip` refused: {done.stderr.strip()}\n{script}")
