"""What a node's programs are told: configuration of containerd, its network plugin, kubelet and kube-proxy."""

import json
from pathlib import Path
from typing import Any

import yaml

from lab.certs import Pair
from lab.identity import Identity

PAUSE = "lab.local/pause:1"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
RUNTIMES = ("runc", "nvidia")
"""Handlers that a RuntimeClass may name; the second is NVIDIA's name for what is plain runc here."""

UNUSED_PLUGINS = (
    "snapshotter.v1.btrfs",
    "snapshotter.v1.zfs",
    "snapshotter.v1.devmapper",
    "snapshotter.v1.blockfile",
    "snapshotter.v1.erofs",
    "tracing.processor.v1.otlp",
    "nri.v1.nri",
)


def containerd(root: Path, cni: Path, registries: Path, programs: Path, runc: str) -> str:
    """`programs` holds the shim and the network plugins, `registries` a hosts.toml for each registry."""
    cri = "plugins.'io.containerd.cri.v1"
    disabled = json.dumps([f"io.containerd.{plugin}" for plugin in UNUSED_PLUGINS])
    runtimes = "".join(
        f"""
[{cri}.runtime'.containerd.runtimes.{name}]
  runtime_type = "io.containerd.runc.v2"
[{cri}.runtime'.containerd.runtimes.{name}.options]
  BinaryName = "{runc}"
  SystemdCgroup = false
"""
        for name in RUNTIMES
    )
    return f"""version = 3
root = "{root}"
state = "/run/containerd"
disabled_plugins = {disabled}
[grpc]
  address = "{CONTAINERD_SOCKET}"
[{cri}.images']
  snapshotter = "overlayfs"
[{cri}.images'.pinned_images]
  sandbox = "{PAUSE}"
[{cri}.images'.registry]
  config_path = "{registries}"
[{cri}.runtime']
  # Without CAP_SYS_RESOURCE, which root in a container lacks, every sandbox dies at its OOM score.
  restrict_oom_score_adj = true
[{cri}.runtime'.cni]
  bin_dirs = ["{programs}"]
  conf_dir = "{cni}"
[{cri}.runtime'.containerd]
  default_runtime_name = "runc"
{runtimes}"""


def cni(identity: Identity, number: int) -> str:
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": str(identity.node_pod_cidr(number))}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "1.0.0", "name": "lab", "plugins": [bridge, ports]})


def kubelet(
    identity: Identity, folder: Path, cgroup: str, ca: Path, serving: Pair, taints: list[dict[str, str]]
) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(ca)},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(serving.cert),
            "tlsPrivateKeyFile": str(serving.key),
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": cgroup,
            "cgroupsPerQOS": True,
            "enforceNodeAllocatable": ["pods"],
            "failCgroupV1": False,
            "failSwapOn": False,
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "clusterDNS": [identity.dns_ip],
            "clusterDomain": "cluster.local",
            "resolvConf": "",
            "registerWithTaints": taints,
            "volumePluginDir": str(folder / "volume-plugins"),
            # The disk is the whole machine's: neither images nor pods go because something else fills it.
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "evictionHard": {
                "memory.available": "200Mi",
                "nodefs.available": "100Mi",
                "imagefs.available": "100Mi",
                "nodefs.inodesFree": "1%",
            },
            # What has changed is told after 2 s at most; what has not is left to the lease.
            "nodeStatusUpdateFrequency": "2s",
            "nodeStatusReportFrequency": "1m",
            "serializeImagePulls": False,
            # An imported image counts as present even if its id was once pulled under another name.
            "imagePullCredentialsVerificationPolicy": "NeverVerify",
        }
    )


def kube_proxy(identity: Identity, number: int, access: Path) -> str:
    untouched: dict[str, Any] = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    return yaml.safe_dump(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "bindAddress": "0.0.0.0",
            "hostnameOverride": identity.node_name(number),
            "clusterCIDR": str(identity.pod_cidr),
            "detectLocalMode": "ClusterCIDR",
            "conntrack": untouched,  # The machine-wide connection tracking settings stay as they are.
            "clientConnection": {"kubeconfig": str(access)},
        }
    )
