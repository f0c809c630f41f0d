"""One lab from start to end: claims what is its own, starts, is found by name, leaves nothing behind.

A lab that a test run owns goes with it, however the run ends: a small process waits for that, and the next
start of any lab sweeps up what even that process could not.
"""

import json
import os
import shutil
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab import binaries, cache, controlplane, node, requirements
from lab.controlplane import LOOPBACK, ControlPlane
from lab.errors import LabError
from lab.gpus import EIGHT_H200, Gpus
from lab.identity import LABS, Identity, check_name
from lab.nodes import Nodes
from lab.process import Process, alive, start_time

STATE = "lab.json"


@dataclass(frozen=True, slots=True)
class Spec:
    """What the lab shall consist of: no nodes is a control plane alone."""

    nodes: int = 0
    gpus: Gpus | None = EIGHT_H200
    runtime_class: bool = True
    """Whether the RuntimeClass nvidia exists."""

    @classmethod
    def load(cls, raw: dict[str, Any]) -> "Spec":
        """Another clone of the project, of another age, may have written this."""
        known = {name: value for name, value in raw.items() if name in cls.__slots__}
        return cls(**known | {"gpus": Gpus(**raw["gpus"]) if raw.get("gpus") else None})


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a lab. An owner is a process number with its start time."""

    index: int
    spec: Spec
    owner: tuple[int, int] | None

    @property
    def orphaned(self) -> bool:
        return self.owner is not None and not alive(*self.owner)

    @classmethod
    def load(cls, folder: Path) -> "State | None":
        try:
            raw = json.loads((folder / STATE).read_text())
        except FileNotFoundError:
            return None
        return cls(raw["index"], Spec.load(raw["spec"]), tuple(raw["owner"]) if raw["owner"] else None)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / STATE).write_text(json.dumps(asdict(self)))


class Lab:
    """A lab that runs, or that a crash left: `up` and `find` are the ways to one."""

    def __init__(self, identity: Identity, spec: Spec) -> None:
        self.identity = identity
        self.spec = spec
        self.controlplane = ControlPlane(identity, identity.node_ip(1) if spec.nodes else LOOPBACK)
        self.nodes = Nodes(identity, spec.nodes, spec.gpus)
        self._reaper = Process("reaper", identity.folder)

    @classmethod
    def up(cls, name: str, spec: Spec, owned: bool = False) -> "Lab":
        """Start it and return once it works. An owned lab ends with this process."""
        check_name(name)
        _prepare(spec)
        lab = cls._claim(name, spec, owned)
        try:
            if owned:
                lab._reap_with(os.getpid())
            lab._start()
        except BaseException:
            lab._keep_logs()
            lab.down()
            raise
        return lab

    @classmethod
    def ensure(cls, name: str, spec: Spec) -> "Lab":
        """The lab of that name as it runs, or one started now; a broken one is started anew."""
        lab = cls.find(name)
        if lab and lab.broken:
            cache.say(f"{name} is broken ({', '.join(lab.broken)} ended): starting it anew")
            lab.down()
            lab = None
        return lab or cls.up(name, spec)

    @classmethod
    def find(cls, name: str) -> "Lab | None":
        folder = cache.running() / check_name(name)
        state = State.load(folder)
        return cls(Identity(name, state.index, folder), state.spec) if state else None

    @classmethod
    def all(cls) -> list["Lab"]:
        folders = sorted(cache.running().glob(f"*/{STATE}"))
        return [lab for folder in folders if (lab := cls.find(folder.parent.name))]

    @property
    def kubeconfig(self) -> Path:
        return self.controlplane.kubeconfig

    @property
    def broken(self) -> list[str]:
        """Its processes that have ended."""
        return [process.name for process in Process.recorded(self.identity.folder) if not process.running]

    def _start(self) -> None:
        if self.spec.nodes:
            self.controlplane.start(inside=self.nodes.start())
            self.nodes.join(self.controlplane, self.spec.runtime_class)
        else:
            self.controlplane.start()
        self.controlplane.wait_controllers(60)

    def down(self) -> None:
        """Stop it and remove everything of it; also right for what a crash left."""
        with _registry():
            self._remove()

    def _remove(self) -> None:
        self.controlplane.stop()
        if self.spec.nodes:
            self.nodes.stop()
        for process in Process.recorded(self.identity.folder):
            if process.pid != os.getpid():  # the reaper itself may be here
                process.kill()
        shutil.rmtree(self.identity.folder, ignore_errors=True)

    def _keep_logs(self) -> None:
        """The logs of the last lab that did not start outlive it."""
        kept = cache.running() / ".failed"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for log in self.identity.folder.rglob("*.log"):
            shutil.copy(log, kept / f"{log.parent.name}-{log.name}")
        cache.say(f"the lab {self.identity.name} did not start; its logs, if any, lie in {kept}")

    @classmethod
    def _claim(cls, name: str, spec: Spec, owned: bool) -> "Lab":
        """Give this name an index that nobody uses. The lock is short: starting happens outside of it."""
        labs = cache.running()
        with _registry():
            _sweep()
            if State.load(labs / name):
                raise LabError(f"the lab {name} runs already: use it, stop it, or take another name")
            shutil.rmtree(labs / name, ignore_errors=True)
            identity = _free_identity(name, labs / name)
            pid = os.getpid()
            owner = (pid, start_time(pid) or 0) if owned else None
            State(identity.index, spec, owner).save(identity.folder)
        return cls(identity, spec)

    def _reap_with(self, owner: int) -> None:
        env = {"MODELSERVICE_CACHE": str(cache.root()), "PYTHONPATH": str(Path(__file__).parents[1])}
        self._reaper.start([sys.executable, "-m", "lab", "reap", str(owner)], env)


def sweep() -> None:
    """Take down the labs whose owner is gone."""
    with _registry():
        _sweep()


def _registry() -> AbstractContextManager[None]:
    """Held while labs are claimed and removed, so that a name's old lab is gone before a new one has it."""
    return cache.locked(cache.running() / "registry")


def _sweep() -> None:
    for lab in Lab.all():
        state = State.load(lab.identity.folder)
        if state and state.orphaned:
            cache.say(f"removing the lab {lab.identity.name}, which a killed run left")
            lab._remove()


def _prepare(spec: Spec) -> None:
    """What takes long, or cannot be had, comes first: while it is made nothing else waits half started."""
    if spec.nodes:
        requirements.check()
    requirements.check_inotify(spec.nodes)
    binaries.paths(*controlplane.PROGRAMS, "kubectl", *(node.PROGRAMS if spec.nodes else ()))


def _free_identity(name: str, folder: Path) -> Identity:
    taken = {lab.identity.index for lab in Lab.all()}
    obstacles = []
    for index in range(LABS):
        identity = Identity(name, index, folder)
        if index in taken:
            continue
        obstacle = identity.obstacle()
        if obstacle is None:
            return identity
        obstacles.append(obstacle)
    reasons = "; ".join(obstacles[:3]) or "other labs hold them all"
    raise LabError(f"none of the {LABS} lab numbers is free ({reasons}): stop a lab with `lab down`")
