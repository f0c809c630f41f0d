"""Starting, stopping and crashing: labs stand side by side, and whatever ends a lab leaves nothing of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import cache, requirements
from lab.client import Client, condition
from lab.errors import LabError
from lab.fixtures import NEEDS_ROOT
from lab.lab import Lab, Spec
from lab.process import Process

TESTS = Path(__file__).parents[2]
STARTER = """
import sys, time
from lab.lab import Lab, Spec
Lab.up(sys.argv[1], Spec(nodes=int(sys.argv[2])), owned=True)
print("up", flush=True)
time.sleep(600)
"""
NODES = [
    pytest.param(0, id="api"),
    pytest.param(1, id="full", marks=pytest.mark.skipif(os.geteuid() != 0, reason=NEEDS_ROOT)),
]


@pytest.fixture
def name() -> Iterator[str]:
    name = f"test-{os.getpid()}"
    yield name
    left = Lab.find(name)
    if left:
        left.down()


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(TESTS)}


def killed_starter(name: str, nodes: int, also: Callable[[Lab], None] = lambda _: None) -> Lab:
    """A lab whose starter was killed by SIGKILL, after `also` was done to it."""
    command = [sys.executable, "-c", STARTER, name, str(nodes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == b"up\n"
        lab = Lab.find(name)
        assert lab
        also(lab)
        starter.kill()
    return lab


def traces(lab: Lab) -> list[str]:
    """What of this lab is still on the machine."""
    identity = lab.identity
    folder = str(identity.folder)
    found = [f"process {pid}: {command}" for pid, command in commands() if folder in command]
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if folder in line]
    found += [str(branch) for branch in Path("/sys/fs/cgroup").glob(f"*{identity.cgroup}")]
    found += [folder] if identity.folder.exists() else []
    routes = Path("/proc/net/route").read_text().splitlines()
    return found + [line for line in routes if line.startswith(f"{identity.bridge}\t")]


def commands() -> Iterator[tuple[str, str]]:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield entry.parent.name, entry.read_text().replace("\0", " ")
        except OSError:
            continue


def wait_until(holds: Callable[[], bool], timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@pytest.mark.parametrize("nodes", NODES)
def test_two_labs_stand_side_by_side(
    request: pytest.FixtureRequest, lab: Lab, api: Client, namespace: str, name: str, nodes: int
) -> None:
    first = request.getfixturevalue("full") if nodes else lab
    other = Lab.up(name, Spec(nodes=nodes))
    with Client(other.kubeconfig) as client:
        assert client.find("Namespace", namespace) is None
        assert len(client.list("Node")) == nodes
    assert len(traces(other)) > 4
    other.down()
    assert traces(other) == []
    with Client(first.kubeconfig) as client:
        assert all(condition("Ready")(node) for node in client.list("Node"))
    assert api.find("Namespace", namespace)


@pytest.mark.parametrize("nodes", NODES)
def test_lab_of_a_killed_run_goes_by_itself(name: str, nodes: int) -> None:
    lab = killed_starter(name, nodes)
    wait_until(lambda: traces(lab) == [])


@pytest.mark.parametrize("nodes", NODES)
def test_next_start_removes_what_nobody_else_could(name: str, nodes: int) -> None:
    crashed = killed_starter(name, nodes, also=lambda lab: Process("reaper", lab.identity.folder).kill())
    assert len(traces(crashed)) > 4
    again = Lab.up(name, Spec())
    assert again.controlplane.apiserver.running
    again.down()
    assert traces(crashed) == []


def test_name_of_a_running_lab_is_refused(lab: Lab) -> None:
    with pytest.raises(LabError, match=f"the lab {lab.identity.name} runs already"):
        Lab.up(lab.identity.name, Spec())


@pytest.mark.parametrize("wrong", ["", "Play", "a/b", "-x", "x" * 41], ids=repr)
def test_name_that_makes_no_folder_is_refused(wrong: str) -> None:
    with pytest.raises(LabError, match="use up to 40 small letters"):
        Lab.up(wrong, Spec())


def test_taken_port_is_left_to_its_owner(lab: Lab) -> None:
    assert lab.identity.obstacle() == f"port {lab.identity.ports.apiserver} is taken"


def test_recycled_process_number_is_never_killed(tmp_path: Path) -> None:
    process = Process("sleeper", tmp_path)
    process.start(["sleep", "600"])
    record = tmp_path / "sleeper.process"
    pid, began = process.pid, record.read_text()
    record.write_text(began.replace(f"[{pid}, ", f"[{pid}, 1"))
    process.kill()
    assert not process.running
    assert pid
    os.kill(pid, signal.SIGKILL)


def test_missing_go_is_named_in_one_sentence(tmp_path: Path) -> None:
    env = environment() | {"MODELSERVICE_CACHE": str(tmp_path), "PATH": "/nowhere"}
    command = [sys.executable, "-m", "lab", "up", "--name", "none", "--mode", "api"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("lab: Go is missing: install Go 1.26.8 or newer")
    assert not (tmp_path / "labs" / "none").exists()


@pytest.fixture
def inotify_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's limit, in a file of the test's own."""
    limit = tmp_path / "limit"
    limit.write_text("12")
    monkeypatch.setattr(requirements, "INOTIFY_LIMIT", limit)
    return limit


def test_user_is_told_of_the_want_of_inotify_instances(inotify_limit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(LabError, match=r"12 of 12 inotify instances are left and this lab needs 31: .*`sysctl"):
        requirements.check_inotify(2)
    assert inotify_limit.read_text() == "12"


def test_root_gets_the_inotify_instances_that_a_lab_needs(inotify_limit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    requirements.check_inotify(2)
    assert int(inotify_limit.read_text()) == 1024


def test_second_start_builds_nothing(lab: Lab) -> None:
    before = {path: path.stat().st_mtime for path in (cache.root() / "bin").glob("*/*")}
    assert lab.controlplane.apiserver.running
    command = [sys.executable, "-m", "lab", "kubectl", "--name", lab.identity.name, "get", "--raw", "/readyz"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("ok", "")
    assert {path: path.stat().st_mtime for path in (cache.root() / "bin").glob("*/*")} == before
