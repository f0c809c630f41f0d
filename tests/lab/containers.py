"""A container of a pod as what it is, some processes on this machine, which a test kills or freezes."""

import os
import re
import signal
from pathlib import Path

from lab import cgroups
from lab.client import Manifest
from lab.errors import LabError


class Container:
    """The container `name` of this pod as it ran when the pod was read: a restarted one is another container."""

    def __init__(self, node_cgroup: str, pod: Manifest, name: str) -> None:
        statuses = [status for status in pod["status"].get("containerStatuses", []) if status["name"] == name]
        if not statuses or "containerID" not in statuses[0]:
            raise LabError(f"pod {pod['metadata']['name']} has no container {name} that ever ran")
        self._id = statuses[0]["containerID"].removeprefix("containerd://")
        self._node_cgroup = node_cgroup

    def kill(self) -> None:
        """SIGKILL to all of it; the kubelet starts another if the pod's restartPolicy says so."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    @property
    def memory(self) -> int:
        """Bytes that its processes hold, of what they share each its part."""
        pids = cgroups.processes(self._node_cgroup, self._id)
        held = (re.search(r"(?m)^Pss: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text()) for pid in pids)
        return sum(int(found[1]) * 1024 for found in held if found)

    def _signal(self, number: signal.Signals) -> None:
        pids = cgroups.processes(self._node_cgroup, self._id)
        if not pids:
            raise LabError(f"container {self._id[:12]} has ended")
        for pid in pids:
            os.kill(pid, number)
