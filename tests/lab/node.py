"""A node of the cluster: real containerd, kubelet, kube-proxy and containers, in namespaces of its own on this machine.

Nothing of it touches the machine's mounts, firewall, settings or processes, and killing its first process ends all of
it. Its images lie in the cache and may outlive it, so that the next lab with this number imports nothing twice.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lab import binaries, cache, cgroups, nodeconfig, registry, static_image
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.gpus import DevicePlugin, Gpus
from lab.identity import Identity
from lab.imagestore import ImageStore
from lab.network import Network
from lab.nodeconfig import CONTAINERD_SOCKET, PAUSE
from lab.patience import looks
from lab.process import NAMESPACES, Process

INIT = Path(__file__).with_name("node-init.sh")
COREDNS = "lab.local/coredns:1"
CONTAINERD = ("containerd", "containerd-shim-runc-v2", "ctr", "bridge", "loopback", "host-local", "portmap")
PROGRAMS = ("kubelet", "kube-proxy", *CONTAINERD, "coredns", "pause", "fakegpu")
STARTED_WITHIN = 20.0


class Node:
    """Node `number`, counted from 1, of a lab; the same arguments find it again in any process."""

    def __init__(self, identity: Identity, number: int, gpus: Sequence[Gpus] = ()) -> None:
        self.identity = identity
        self.number = number
        self.name = identity.node_name(number)
        self.ip = identity.node_ip(number)
        self.folder = identity.folder / self.name
        self.cgroup = f"{identity.cgroup}/n{number}"
        self.plugins = [DevicePlugin(kind, self.folder) for kind in gpus]
        self.containerd = Process("containerd", self.folder)
        self.kubelet = Process("kubelet", self.folder)
        self.kube_proxy = Process("kube-proxy", self.folder)
        self._namespaces = Process("namespaces", self.folder)
        self.images = ImageStore(self._ctr, cache.root() / "node-images" / f"lab{identity.index}" / self.name)

    @property
    def init(self) -> int:
        """PID 1 of the node, as this machine numbers it."""
        if (pid := self._first_process()) is None:
            raise LabError(f"{self.name} does not run; its log says:\n{self._namespaces.tail()}")
        return pid

    @property
    def running(self) -> bool:
        return self._first_process() is not None

    def start(self, network: Network, nodes: int) -> None:
        """Make the node's namespaces, put it on the network as one of `nodes`, and let containerd start."""
        cgroups.make(self.cgroup)
        options: list[str | Path] = [*NAMESPACES, "--fork", "--kill-child", "--mount-proc"]
        self._namespaces.start(["unshare", *options, "--", "bash", INIT, self.name, self.folder])
        self._wait_for(self.folder / "ready", self._namespaces)
        network.attach(self.number, self.init, nodes)
        self._start_containerd()

    def join(self, controlplane: ControlPlane) -> None:
        """Become a node of this cluster; it turns Ready a few seconds later."""
        self._await_containerd()
        for image in (static_image.of("pause", PAUSE), static_image.of("coredns", COREDNS)):
            self.images.import_(image)
        self._start_kube_proxy(controlplane)
        self._start_kubelet(controlplane)
        for plugin in self.plugins:
            plugin.start(inside=self.init)

    def stop(self) -> None:
        """Kill everything in the node and take its cgroups away; also right for what a crash left."""
        if (init := self._first_process()) is not None:
            with suppress(ProcessLookupError):  # it may end at any moment
                os.kill(init, signal.SIGKILL)
            for process in (
                self.kubelet,
                self.kube_proxy,
                self.containerd,
                *(plugin.process for plugin in self.plugins),
            ):
                process.kill()
            # The `unshare` that started the node ends when the last process in it has.
            self._namespaces.join(STARTED_WITHIN)
        self._namespaces.kill()
        (self.folder / "ready").unlink(missing_ok=True)
        cgroups.remove(self.cgroup)

    def run(self, *argv: str | Path, timeout: float = 60) -> str:
        """What this command prints when it is run in the node."""
        enter = ["nsenter", f"--target={self.init}", *NAMESPACES, "--"]
        done = subprocess.run([*enter, *argv], capture_output=True, text=True, timeout=timeout)
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise LabError(f"`{' '.join(map(str, argv))}` in {self.name}: {said}")
        return done.stdout

    def _first_process(self) -> int | None:
        """The only child of the `unshare` that made the node's process namespace."""
        unshare = self._namespaces.pid
        children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split() if unshare else []
        return int(children[0]) if children else None

    def _start_containerd(self) -> None:
        programs = binaries.paths(*CONTAINERD)["containerd"].parent
        cni, config = self.folder / "cni", self.folder / "containerd.toml"
        cni.mkdir(exist_ok=True)
        (cni / "10-lab.conflist").write_text(nodeconfig.cni(self.identity, self.number))
        registries = self.folder / "registries"
        (registries / registry.HOSTS).parent.mkdir(parents=True, exist_ok=True)
        (registries / registry.HOSTS).write_text(registry.hosts(self.identity))
        config.write_text(nodeconfig.containerd(self.images.containerd, cni, registries, programs, _runc()))
        path = {"PATH": f"{programs}:{os.environ['PATH']}"}
        self.containerd.start([programs / "containerd", f"--config={config}"], env=path, inside=self.init)

    def _await_containerd(self) -> None:
        self._wait_for(Path(f"/proc/{self.init}/root{CONTAINERD_SOCKET}"), self.containerd)
        if earlier := self._ctr("containers", "list", "--quiet").split():
            self._ctr("containers", "delete", *earlier)  # with their file systems; they ran in an earlier lab
        self.images.forget_nameless()

    def _start_kubelet(self, controlplane: ControlPlane) -> None:
        authority = controlplane.authority
        config = self.folder / "kubelet.yaml"
        serving = authority.serving(f"{self.name}-serving", f"system:node:{self.name}", [self.ip, self.name])
        taints = [taint for plugin in self.plugins for taint in plugin.gpus.taints]
        labels = {key: value for plugin in self.plugins for key, value in plugin.gpus.labels.items()}
        config.write_text(
            nodeconfig.kubelet(self.identity, self.folder, self.cgroup, authority.pair.cert, serving, taints)
        )
        access = controlplane.user(self.name, f"system:node:{self.name}", ("system:nodes",))
        flags = {
            "config": config,
            "kubeconfig": access,
            "hostname-override": self.name,
            "node-ip": self.ip,
            "cert-dir": self.folder / "kubelet",
            "node-labels": ",".join(f"{key}={value}" for key, value in labels.items()),
        }
        argv: list[str | Path] = [binaries.path("kubelet"), *(f"--{flag}={value}" for flag, value in flags.items())]
        self.kubelet.start(argv, inside=self.init)

    def _start_kube_proxy(self, controlplane: ControlPlane) -> None:
        config = self.folder / "kube-proxy.yaml"
        access = controlplane.user(f"{self.name}-kube-proxy", "system:kube-proxy")
        config.write_text(nodeconfig.kube_proxy(self.identity, self.number, access))
        self.kube_proxy.start([binaries.path("kube-proxy"), f"--config={config}"], inside=self.init)

    def _ctr(self, *args: str | Path, timeout: float = 60) -> str:
        return self.run(binaries.path("ctr"), "--namespace=k8s.io", *args, timeout=timeout)

    def _wait_for(self, path: Path, process: Process) -> None:
        """Return once `process` has made this file."""
        for _ in looks(STARTED_WITHIN):
            if path.exists():
                return
            process.check()
        raise LabError(f"{self.name}: no {path} after {STARTED_WITHIN:.0f} s:\n{process.tail()}")


def _runc() -> str:
    """Debian has it in a folder that only root's PATH names."""
    found = shutil.which("runc", path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin")
    if found is None:
        raise LabError("runc is missing: `apt-get install runc` brings it")
    return found
