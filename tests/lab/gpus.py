"""GPUs that do not exist: what a node with them says to the cluster, as the vendor's device plugin and labels would.

The device plugin is real (go/fakegpu): the kubelet hands out its devices and sees when one turns unhealthy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import binaries
from lab.process import Process


@dataclass(frozen=True, slots=True)
class Gpus:
    """`count` devices of one extended resource, all of one product."""

    resource: str = "nvidia.com/gpu"
    count: int = 8
    product: str = "NVIDIA-H200"
    memory_mib: int = 143771
    tainted: bool = True
    """Whether the node refuses pods that do not tolerate a taint keyed by the resource, as GPU pools mostly do."""

    @property
    def labels(self) -> dict[str, str]:
        """What the vendor's feature discovery puts on the node."""
        vendor = self.resource.partition("/")[0]
        if vendor == "amd.com":
            return {"amd.com/gpu.product-name": self.product, "amd.com/gpu.vram": f"{self.memory_mib // 1024}G"}
        if vendor != "nvidia.com":
            return {}
        return {
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.product": self.product.partition("-MIG-")[0],
            f"{self.resource}.product": self.product,
            f"{self.resource}.memory": str(self.memory_mib),
            f"{self.resource}.count": str(self.count),
        }

    @property
    def taints(self) -> list[dict[str, str]]:
        return [{"key": self.resource, "effect": "NoSchedule"}] if self.tainted else []


EIGHT_H200 = Gpus()


class DevicePlugin:
    """The plugin that offers `gpus` on the node whose init is `inside`; its files lie in the node's folder."""

    def __init__(self, gpus: Gpus, folder: Path) -> None:
        self.gpus = gpus
        name = gpus.resource.replace("/", "-")
        self.process = Process(f"device-plugin-{name}", folder)
        self._unhealthy = folder / f"unhealthy-{name}"

    def start(self, inside: int) -> None:
        self._unhealthy.unlink(missing_ok=True)
        program = binaries.path("fakegpu")
        options = {"resource": self.gpus.resource, "count": self.gpus.count, "unhealthy": self._unhealthy}
        self.process.start([program, *(f"--{key}={value}" for key, value in options.items())], inside=inside)

    def set_unhealthy(self, numbers: Iterable[int]) -> None:
        """Exactly these devices, counted from 0, are unhealthy from now on."""
        unfinished = self._unhealthy.with_suffix(".new")
        unfinished.write_text("".join(f"{device(number)}\n" for number in numbers))
        unfinished.rename(self._unhealthy)


def device(number: int) -> str:
    """The id under which the plugin offers this device; a container finds its own in NVIDIA_VISIBLE_DEVICES."""
    return f"GPU-fake-{number}"
