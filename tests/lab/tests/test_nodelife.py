"""Starting, stopping and crashing of labs with real nodes: they stand side by side and leave nothing of themselves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, probe
from lab.client import Client, condition
from lab.gpus import Gpus
from lab.lab import Lab, Spec
from lab.process import Process

CLI = [sys.executable, "-m", "lab"]
STARTER = """
import sys, time
from lab.lab import Lab, Spec
Lab.up(sys.argv[1], Spec(nodes=1), owned=True)
print("up", flush=True)
time.sleep(600)
"""
SLICES = Gpus("nvidia.com/mig-1g.18gb", 7, "NVIDIA-H200-MIG-1g.18gb", 16384)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def name(full: Lab) -> Iterator[str]:
    """A name for a lab beside the one that all tests use."""
    name = f"second-{full.identity.name}"
    yield name
    if left := Lab.find(name):
        left.down()


@pytest.fixture
def second(name: str) -> Lab:
    """Of another kind: one node, MIG slices, no RuntimeClass."""
    return Lab.up(name, Spec(nodes=1, gpus=SLICES, runtime_class=False), owned=True)


def traces(lab: Lab) -> list[str]:
    """What the machine shows of a lab: processes, mounts, links, routes, cgroups, files."""
    folder, networks = str(lab.identity.folder), (lab.identity.node_cidr, lab.identity.service_cidr)
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True).stdout.splitlines()
    paths = [
        lab.identity.folder,
        Path("/sys/class/net", lab.identity.bridge),
        *(hierarchy / lab.identity.cgroup.strip("/") for hierarchy in [cgroups.ROOT, *cgroups.ROOT.iterdir()]),
    ]
    return [
        *(f"process {pid}: {command}" for pid, command in processes().items() if folder in command),
        *(f"mount {line}" for line in Path("/proc/mounts").read_text().splitlines() if folder in line),
        *(f"route {line}" for line in routes if line.startswith(tuple(str(network) for network in networks))),
        *(f"file {path}" for path in paths if path.exists()),
    ]


def processes() -> dict[int, str]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found[int(entry.name)] = (entry / "cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:
            continue
    return found


def kill_everything(lab: Lab) -> None:
    """With what else lives in the nodes' process namespaces."""
    for process in Process.recorded(lab.identity.folder):
        if process.pid:
            os.kill(process.pid, signal.SIGKILL)


def test_two_clusters_stand_side_by_side(second: Lab, cluster: Client, namespace: str) -> None:
    second.nodes.import_image(probe.image())
    with Client(second.kubeconfig) as client:
        [node] = client.list("Node")
        assert node["status"]["allocatable"]["nvidia.com/mig-1g.18gb"] == "7"
        assert client.list("RuntimeClass") == []
        client.create(probe.service("here"), "default")
        client.create(probe.pod("here"), "default")
        client.wait("Pod", "here", "default", condition("Ready"))
        assert probe.get(client, "default", "here", "http://here.default") == "here"
    assert cluster.find("Pod", "here", "default") is None
    assert cluster.find("Namespace", namespace)


def test_stopped_cluster_leaves_no_trace(second: Lab) -> None:
    assert len(traces(second)) > 10
    second.down()
    assert traces(second) == []


def test_cluster_that_was_killed_whole_leaves_no_trace_after_the_next_start(second: Lab) -> None:
    kill_everything(second)
    command = [*CLI, "up", "--nodes=1", f"--name={second.identity.name}"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    again = Lab.find(second.identity.name)
    assert again
    assert again.broken == []
    again.down()
    assert traces(second) == []
    assert traces(again) == []


def test_cluster_of_a_killed_run_goes_by_itself(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, name], stdout=subprocess.PIPE, env=ENVIRONMENT) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == b"up\n"
        lab = Lab.find(name)
        assert lab
        starter.kill()
    deadline = time.monotonic() + 30
    while left := traces(lab):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
