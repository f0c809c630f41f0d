"""What sets one lab apart from the others on this machine: ports, bridge, subnets, cgroup branch, folder.

All of it follows from one small number, the index, so that any number up to LABS can run side by side.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from lab.errors import LabError

LABS = 32
FIRST_PORT = 20000
PORTS_PER_LAB = 16


@dataclass(frozen=True, slots=True)
class Ports:
    """A lab's own ports, on loopback or inside its own network."""

    apiserver: int
    etcd: int
    etcd_peer: int
    controller_manager: int
    scheduler: int
    kwok: int
    registry: int
    hub: int

    @classmethod
    def of(cls, index: int) -> "Ports":
        first = FIRST_PORT + index * PORTS_PER_LAB
        return cls(*range(first, first + len(cls.__slots__)))

    @property
    def spare(self) -> range:
        """Free for the servers that tests start on this machine: see fakenodes.py."""
        return range(self.hub + 1, self.apiserver + PORTS_PER_LAB)


@dataclass(frozen=True, slots=True)
class Identity:
    """Lab number `index`, called `name`, that keeps its files in `folder`."""

    name: str
    index: int
    folder: Path

    @property
    def ports(self) -> Ports:
        return Ports.of(self.index)

    @property
    def bridge(self) -> str:
        """The network interface in the root network namespace that all nodes hang on."""
        return f"mslab{self.index}"

    @property
    def cgroup(self) -> str:
        """The branch under which this lab's nodes put their pods, in every cgroup hierarchy."""
        return f"/mslab{self.index}"

    @property
    def node_cidr(self) -> IPv4Network:
        return IPv4Network(f"10.127.{self.index}.0/24")

    @property
    def service_cidr(self) -> IPv4Network:
        return IPv4Network(f"10.{128 + self.index}.0.0/16")

    @property
    def pod_cidr(self) -> IPv4Network:
        return IPv4Network(f"10.{160 + self.index}.0.0/16")

    @property
    def gateway(self) -> str:
        """The address of the bridge: the root network namespace as the nodes see it."""
        return str(self.node_cidr[1])

    @property
    def dns_ip(self) -> str:
        return str(self.service_cidr[10])

    @property
    def kubernetes_ip(self) -> str:
        """The ClusterIP of the Service `kubernetes`."""
        return str(self.service_cidr[1])

    def node_name(self, number: int) -> str:
        """Nodes count from 1."""
        return f"lab-node-{number}"

    def node_ip(self, number: int) -> str:
        return str(self.node_cidr[1 + number])

    def node_pod_cidr(self, number: int) -> IPv4Network:
        return IPv4Network(f"10.{160 + self.index}.{number}.0/24")

    def obstacle(self) -> str | None:
        """What on this machine already uses something of this identity, or nothing."""
        for port in range(FIRST_PORT + self.index * PORTS_PER_LAB, FIRST_PORT + (self.index + 1) * PORTS_PER_LAB):
            if not _free(port):
                return f"port {port} is taken"
        if Path("/sys/class/net", self.bridge).exists():
            return f"the interface {self.bridge} exists"
        for network in (self.node_cidr, self.service_cidr, self.pod_cidr):
            if any(network.overlaps(route) for route in _routes()):
                return f"this machine has a route into {network}"
        return None


def check_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise LabError(f"lab name {name!r}: use up to 40 small letters, digits and dashes")
    return name


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _routes() -> list[IPv4Network]:
    """The machine's IPv4 routes but the default one (/proc/net/route holds them as little-endian hex)."""
    networks = []
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        fields = line.split()
        address, mask = (int.from_bytes(bytes.fromhex(fields[i]), "little") for i in (1, 7))
        if mask:
            networks.append(IPv4Network((address, mask.bit_count())))
    return networks
