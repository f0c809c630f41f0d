"""etcd, API server, controller manager and scheduler of one lab, each a process that can be broken.

On loopback they run as any user; with `inside` they run in a node's namespaces and listen on its address.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from lab import binaries
from lab.certs import Authority, Pair, kubeconfig, signing_key
from lab.errors import LabError
from lab.identity import Identity
from lab.patience import looks
from lab.process import Process

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
LOOPBACK = "127.0.0.1"
QPS = 500
"""Requests a second that a controller may send; with Kubernetes' own 20 the controller manager starts in 5 s."""
GO = {"GOGC": "400"}
"""Memory is plenty and processors are few: rarer collections save the API server a tenth of its time."""


@dataclass(frozen=True, slots=True)
class Certs:
    """Everything the control plane shows or trusts."""

    ca: Pair
    front_ca: Pair
    service_accounts: Pair
    apiserver: Pair
    kubelet_client: Pair
    front_client: Pair


class ControlPlane:
    """The four processes; their files lie in `identity.folder / "controlplane"`."""

    def __init__(self, identity: Identity, address: str = LOOPBACK) -> None:
        self.identity = identity
        self.address = address
        self.folder = identity.folder / "controlplane"
        self.etcd = Process("etcd", self.folder)
        self.apiserver = Process("kube-apiserver", self.folder)
        self.controller_manager = Process("kube-controller-manager", self.folder)
        self.scheduler = Process("kube-scheduler", self.folder)

    @property
    def processes(self) -> tuple[Process, ...]:
        """Users of a process come before it, so that stopping in this order leaves nobody complaining."""
        return (self.scheduler, self.controller_manager, self.apiserver, self.etcd)

    @property
    def url(self) -> str:
        return f"https://{self.address}:{self.identity.ports.apiserver}"

    @property
    def etcd_url(self) -> str:
        return f"http://{self.address}:{self.identity.ports.etcd}"

    @property
    def authority(self) -> Authority:
        """Signs whatever the API server shall believe: users, nodes, operators."""
        return Authority.load(self.folder / "certs", "ca")

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "admin.kubeconfig"

    def user(self, file: str, name: str, groups: tuple[str, ...] = ()) -> Path:
        """A kubeconfig for this user, signed by the lab's authority."""
        pair = self.authority.client(file, name, groups)
        return kubeconfig(self.folder / f"{file}.kubeconfig", self.url, self.authority.pair.cert, pair)

    def start(self, inside: int | None = None) -> None:
        """Return once the API server is ready; the controllers still need a few seconds."""
        programs = binaries.paths(*PROGRAMS)
        certs = self._make_certs()
        self.etcd.start([programs["etcd"], *self._etcd_flags()], env=GO, inside=inside)
        self.apiserver.start([programs["kube-apiserver"], *self._apiserver_flags(certs)], env=GO, inside=inside)
        self.kubeconfigs()
        self.wait_ready(60)
        # Without the RBAC roles that the API server makes at its start, the controller manager exits.
        manager_flags = self._controller_manager_flags(certs)
        self.controller_manager.start([programs["kube-controller-manager"], *manager_flags], env=GO, inside=inside)
        self.scheduler.start([programs["kube-scheduler"], *self._scheduler_flags()], env=GO, inside=inside)

    def wait_ready(self, timeout: float) -> None:
        """Return once the API server says that it is ready."""
        with httpx.Client(verify=self._trust(), timeout=2) as http:
            for _ in looks(timeout):
                self.etcd.check()
                self.apiserver.check()
                try:
                    answer = http.get(f"{self.url}/readyz").text
                except httpx.TransportError as error:
                    answer = str(error)
                if answer == "ok":
                    return
        raise LabError(f"the API server is not ready after {timeout:.0f} s: {answer}")

    def wait_controllers(self, timeout: float) -> None:
        """Return once the controllers work: namespaces have their ServiceAccount."""
        account = f"{self.url}/api/v1/namespaces/default/serviceaccounts/default"
        with httpx.Client(verify=self._trust(), timeout=2) as http:
            for _ in looks(timeout):
                if http.get(account).status_code == httpx.codes.OK:
                    return
                self.controller_manager.check()
        raise LabError(f"the controllers do not work after {timeout:.0f} s")

    def stop(self) -> None:
        for process in self.processes:
            process.kill()

    def _trust(self) -> ssl.SSLContext:
        certs = self.folder / "certs"
        context = ssl.create_default_context(cafile=str(certs / "ca.crt"))
        context.load_cert_chain(certs / "admin.crt", certs / "admin.key")
        return context

    def _make_certs(self) -> Certs:
        folder = self.folder / "certs"
        ca = Authority.create(folder, "ca")
        front = Authority.create(folder, "front-ca")
        service = "kubernetes.default.svc"
        names = ["localhost", "kubernetes", "kubernetes.default", service, f"{service}.cluster.local"]
        addresses = {LOOPBACK, self.address, self.identity.gateway, self.identity.kubernetes_ip}
        return Certs(
            ca=ca.pair,
            front_ca=front.pair,
            service_accounts=signing_key(folder),
            apiserver=ca.serving("apiserver", "kube-apiserver", [*names, *sorted(addresses)]),
            kubelet_client=ca.client("apiserver-kubelet", "kube-apiserver-kubelet", ("system:masters",)),
            front_client=front.client("front-client", "front-proxy-client"),
        )

    def kubeconfigs(self) -> None:
        self.user("admin", "lab-admin", ("system:masters",))
        self.user("controller-manager", "system:kube-controller-manager")
        self.user("scheduler", "system:kube-scheduler")

    def _etcd_flags(self) -> list[str]:
        peer = f"http://{LOOPBACK}:{self.identity.ports.etcd_peer}"
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={self.etcd_url}",
            f"--advertise-client-urls={self.etcd_url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _apiserver_flags(self, certs: Certs) -> list[str]:
        loopback = self.address == LOOPBACK
        return [
            f"--etcd-servers={self.etcd_url}",
            f"--bind-address={LOOPBACK if loopback else '0.0.0.0'}",
            # It refuses to advertise a loopback address.
            f"--advertise-address={self.identity.node_ip(1)}",
            *(["--endpoint-reconciler-type=none"] if loopback else []),
            f"--secure-port={self.identity.ports.apiserver}",
            f"--tls-cert-file={certs.apiserver.cert}",
            f"--tls-private-key-file={certs.apiserver.key}",
            f"--client-ca-file={certs.ca.cert}",
            f"--kubelet-certificate-authority={certs.ca.cert}",
            f"--kubelet-client-certificate={certs.kubelet_client.cert}",
            f"--kubelet-client-key={certs.kubelet_client.key}",
            "--kubelet-preferred-address-types=InternalIP",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={certs.service_accounts.cert}",
            f"--service-account-signing-key-file={certs.service_accounts.key}",
            f"--requestheader-client-ca-file={certs.front_ca.cert}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={certs.front_client.cert}",
            f"--proxy-client-key-file={certs.front_client.key}",
            "--enable-aggregator-routing=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            f"--service-cluster-ip-range={self.identity.service_cidr}",
            f"--cert-dir={self.folder / 'apiserver'}",
            "--profiling=false",
        ]

    def _controller_manager_flags(self, certs: Certs) -> list[str]:
        return [
            *self._client_flags("controller-manager"),
            f"--kubeconfig={self._access('controller-manager')}",
            f"--kube-api-qps={QPS}",
            f"--kube-api-burst={QPS}",
            "--leader-elect=false",
            f"--service-account-private-key-file={certs.service_accounts.key}",
            f"--root-ca-file={certs.ca.cert}",
            f"--cluster-signing-cert-file={certs.ca.cert}",
            f"--cluster-signing-key-file={certs.ca.key}",
            "--use-service-account-credentials=true",
            f"--service-cluster-ip-range={self.identity.service_cidr}",
            f"--cluster-cidr={self.identity.pod_cidr}",
            "--allocate-node-cidrs=false",
            f"--secure-port={self.identity.ports.controller_manager}",
            f"--flex-volume-plugin-dir={self.folder / 'volume-plugins'}",
        ]

    def _scheduler_flags(self) -> list[str]:
        config = self.folder / "scheduler.yaml"
        connection = {"kubeconfig": str(self._access("scheduler")), "qps": QPS, "burst": QPS}
        content = {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": connection,
            "leaderElection": {"leaderElect": False},
        }
        config.write_text(yaml.safe_dump(content))
        flags = self._client_flags("scheduler")
        return [*flags, f"--config={config}", f"--secure-port={self.identity.ports.scheduler}"]

    def _client_flags(self, user: str) -> list[str]:
        return [
            f"--authentication-kubeconfig={self._access(user)}",
            f"--authorization-kubeconfig={self._access(user)}",
            f"--bind-address={LOOPBACK}",
            f"--cert-dir={self.folder / user}",
        ]

    def _access(self, user: str) -> Path:
        return self.folder / f"{user}.kubeconfig"
