"""Whose GPU a resource is: engines have an image for each."""

from __future__ import annotations

CPU, NVIDIA, AMD, INTEL = "cpu", "nvidia", "amd", "intel"
_VENDORS = {"amd.com/": AMD, "gpu.intel.com/": INTEL}


def accelerator(gpus: int, resource_name: str) -> str:
    """A resource of a vendor that nobody knows is a slice or share of an NVIDIA GPU under a name of its own."""
    if gpus == 0:
        return CPU
    return next((vendor for prefix, vendor in _VENDORS.items() if resource_name.startswith(prefix)), NVIDIA)
