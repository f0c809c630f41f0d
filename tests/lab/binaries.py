"""The programs of the lab, built with the machine's Go from pinned modules, one small module per group.

`path("etcd")` builds the program when it is first asked for; it lies in the cache under a hash of its module.
"""

import os
import platform
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab import cache
from lab.errors import LabError

MODULES = Path(__file__).parent / "go"
GO = (1, 26, 8)


@dataclass(frozen=True, slots=True)
class Group:
    """Programs whose versions agree: one Go module, whose `tool` lines pin the packages named here."""

    packages: dict[str, str]
    linked: tuple[str, ...] = ()
    """Variables that the linker sets."""


CONTAINERD = "github.com/containerd/containerd/v2/cmd"
CNI = "github.com/containernetworking/plugins/plugins"
KUBERNETES = "k8s.io/kubernetes/cmd"

GROUPS = {
    "etcd": Group({"etcd": "go.etcd.io/etcd/server/v3"}),
    "kubernetes": Group(
        {
            "kube-apiserver": f"{KUBERNETES}/kube-apiserver",
            "kube-controller-manager": f"{KUBERNETES}/kube-controller-manager",
            "kube-scheduler": f"{KUBERNETES}/kube-scheduler",
            "kubectl": f"{KUBERNETES}/kubectl",
            "kubelet": f"{KUBERNETES}/kubelet",
            "kube-proxy": f"{KUBERNETES}/kube-proxy",
        },
        linked=("k8s.io/component-base/version.gitVersion=v1.36.3",),
    ),
    "node": Group(
        {
            "containerd": f"{CONTAINERD}/containerd",
            "containerd-shim-runc-v2": f"{CONTAINERD}/containerd-shim-runc-v2",
            "ctr": f"{CONTAINERD}/ctr",
            "bridge": f"{CNI}/main/bridge",
            "loopback": f"{CNI}/main/loopback",
            "host-local": f"{CNI}/ipam/host-local",
            "portmap": f"{CNI}/meta/portmap",
        }
    ),
    "helm": Group({"helm": "helm.sh/helm/v4/cmd/helm"}),
    "kwok": Group({"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
    "registry": Group({"crane": "github.com/google/go-containerregistry/cmd/crane"}),
    "s3": Group({"versitygw": "github.com/versity/versitygw/cmd/versitygw"}),
    "gcs": Group({"fake-gcs-server": "github.com/fsouza/fake-gcs-server"}),
    "coredns": Group({"coredns": "."}),
    "fakegpu": Group({"fakegpu": "."}),
    "pause": Group({"pause": "."}),
    "probe": Group({"probe": "."}),
}


def folder(group: str) -> Path:
    """Where the programs of a group lie once they are built."""
    name = cache.digest(MODULES / group, platform.machine(), *GROUPS[group].linked)
    return cache.root() / "bin" / f"{group}-{name}"


def path(name: str) -> Path:
    """Where this program lies; it is built now if it never was."""
    group = _group(name)
    return cache.make(folder(group) / name, name, lambda unfinished: _build(group, name, unfinished))


def paths(*names: str) -> dict[str, Path]:
    """Several programs; while one is compiled, the modules of the next are downloaded."""
    missing = [name for name in names if not (folder(_group(name)) / name).exists()]
    with ThreadPoolExecutor(1) as downloads:
        for name in missing[1:]:
            downloads.submit(_download, _group(name), name)
        return {name: path(name) for name in names}


def _group(program: str) -> str:
    return next(name for name, group in GROUPS.items() if program in group.packages)


def _build(group: str, name: str, target: Path) -> None:
    variables = " ".join(f"-X {variable}" for variable in GROUPS[group].linked)
    done = _go(group, "build", "-ldflags", f"-s -w {variables}", "-o", target, GROUPS[group].packages[name])
    if done.returncode:
        raise LabError(f"building {name} failed:\n{done.stderr.strip()}")


def _download(group: str, name: str) -> None:
    """A failure here is left to the build, which says it with the program's name."""
    _go(group, "list", "-deps", GROUPS[group].packages[name])


def _go(group: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    settings = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    return subprocess.run(
        [_compiler(), *args], cwd=MODULES / group, env=os.environ | settings, capture_output=True, text=True
    )


def _compiler() -> str:
    go = shutil.which("go")
    wanted = ".".join(map(str, GO))
    if go is None:
        raise LabError(f"Go is missing: install Go {wanted} or newer (https://go.dev/dl) and put it on the PATH")
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, cwd="/").stdout.strip()
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    if numbers is None or tuple(int(n or 0) for n in numbers.groups()) < GO:
        raise LabError(f"{go} is {version or 'of unknown version'}: the lab needs Go {wanted} or newer")
    return go
