"""Which GPUs there are and what memory their drivers report: a little less than what is printed on the box."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Gpu:
    """One kind, with the values of the node label `nvidia.com/gpu.product` that mean it."""

    name: str
    mebibytes: int
    products: tuple[str, ...] = ()

    @property
    def memory(self) -> int:
        """Bytes."""
        return self.mebibytes * MIB


GPUS = (
    Gpu("B300", 275_040, ("NVIDIA-B300", "NVIDIA-B300-SXM6-AC")),
    Gpu("B200", 183_359, ("NVIDIA-B200",)),
    Gpu("H200", 143_771, ("NVIDIA-H200", "NVIDIA-H200-NVL")),
    Gpu("GH200", 97_871, ("NVIDIA-GH200-480GB",)),
    Gpu("H100", 81_559, ("NVIDIA-H100-80GB-HBM3", "NVIDIA-H100-PCIe")),
    Gpu("H100-NVL", 95_830, ("NVIDIA-H100-NVL",)),
    Gpu("H20", 97_871, ("NVIDIA-H20",)),
    Gpu("A100", 81_920, ("NVIDIA-A100-SXM4-80GB", "NVIDIA-A100-80GB-PCIe")),
    Gpu("A100-40GB", 40_960, ("NVIDIA-A100-SXM4-40GB", "NVIDIA-A100-PCIE-40GB")),
    Gpu("RTX-PRO-6000", 97_887, ("NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",)),
    Gpu("L40S", 46_068, ("NVIDIA-L40S",)),
    Gpu("L40", 46_068, ("NVIDIA-L40",)),
    Gpu("L4", 23_034, ("NVIDIA-L4",)),
    Gpu("A40", 46_068, ("NVIDIA-A40",)),
    Gpu("A30", 24_576, ("NVIDIA-A30",)),
    Gpu("A10", 23_028, ("NVIDIA-A10",)),
    Gpu("A10G", 23_028, ("NVIDIA-A10G",)),
    Gpu("A6000", 49_140, ("NVIDIA-RTX-A6000",)),
    Gpu("RTX-6000-Ada", 49_140, ("NVIDIA-RTX-6000-Ada-Generation",)),
    Gpu("RTX-5090", 32_607, ("NVIDIA-GeForce-RTX-5090",)),
    Gpu("RTX-4090", 24_564, ("NVIDIA-GeForce-RTX-4090",)),
    Gpu("RTX-3090", 24_576, ("NVIDIA-GeForce-RTX-3090",)),
    Gpu("V100-32GB", 32_768, ("Tesla-V100-SXM2-32GB", "Tesla-V100-PCIE-32GB")),
    Gpu("V100", 16_384, ("Tesla-V100-SXM2-16GB", "Tesla-V100-PCIE-16GB")),
    Gpu("T4", 15_360, ("Tesla-T4",)),
    Gpu("MI355X", 294_912),
    Gpu("MI325X", 262_144),
    Gpu("MI300X", 196_592),
    Gpu("Gaudi3", 131_072),
    Gpu("Gaudi2", 98_304),
)

USUAL = ("T4", "L4", "L40S", "A100", "H100", "H200")
"""Shown side by side where nobody names one."""


def find(name: str) -> Gpu | None:
    """By its name or by the label of its node, however it is spelt."""
    wanted = _plain(name)
    for gpu in GPUS:
        if wanted in {_plain(one) for one in (gpu.name, *gpu.products)}:
            return gpu
    return None


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace(" ", "").replace("_", "").removeprefix("nvidia")
