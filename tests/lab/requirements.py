"""What real nodes need of this machine; whatever is missing is named with the way to get it."""

import os
from pathlib import Path

from lab import cache, cgroups, debian
from lab.errors import LabError

PACKAGES = ("iproute2", "iptables", "nftables", "runc", "util-linux")
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}
CONTROLLERS = {"cpu", "cpuset", "memory", "pids"}

INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
OF_CONTROL_PLANE, OF_NODE = 13, 9
"""How many inotify instances each opens; without one of them containerd serves no containers, and says so nowhere."""


def check_inotify(nodes: int) -> None:
    """Let a control plane with this many nodes find as many inotify instances as it needs, or raise."""
    needed = OF_CONTROL_PLANE + nodes * OF_NODE
    limit = int(INOTIFY_LIMIT.read_text())
    left = limit - _inotify_instances()
    if left >= needed:
        return
    enough = max(1024, 2 * limit)
    if os.geteuid():
        raise LabError(
            f"{left} of {limit} inotify instances are left and this lab needs {needed}: stop another lab, "
            f"or have the limit raised with `sysctl fs.inotify.max_user_instances={enough}`"
        )
    cache.say(f"raising fs.inotify.max_user_instances from {limit} to {enough} until the machine restarts")
    INOTIFY_LIMIT.write_text(str(enough))


def _inotify_instances() -> int:
    """How many this user's processes have open."""
    return sum(_is_inotify(fd) for fd in Path("/proc").glob("[0-9]*/fd/*"))


def _is_inotify(fd: Path) -> bool:
    try:
        return str(fd.readlink()) == "anon_inode:inotify" and fd.parent.stat().st_uid == os.geteuid()
    except OSError:
        return False


def check() -> None:
    """Install the missing programs, and raise with every other reason why no node can run here."""
    if os.geteuid():
        raise LabError("real nodes need root: use sudo, or the mode `api`, which needs no rights")
    missing = [*_capabilities(), *_kernel_features(), *_controllers()]
    if missing:
        raise LabError("; ".join(missing))
    debian.require(*PACKAGES)


def _capabilities() -> list[str]:
    status = Path("/proc/self/status").read_text()
    effective = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)
    lacking = [name for name, bit in CAPABILITIES.items() if not effective >> bit & 1]
    return [f"root lacks {name} here: start this container as a privileged one" for name in lacking]


def _kernel_features() -> list[str]:
    there = {
        "overlay": "overlay" in Path("/proc/filesystems").read_text().split(),
        "br_netfilter": Path("/proc/sys/net/bridge").exists(),
    }
    return [f"the kernel lacks {name}: `modprobe {name}` loads it" for name, known in there.items() if not known]


def _controllers() -> list[str]:
    lacking = CONTROLLERS - cgroups.controllers()
    names = ", ".join(sorted(lacking))
    return [f"the cgroup controllers {names} are not available: the kernel must be booted with them"] if lacking else []
