"""Whose GPU a resource is: engines have an image for each, and some need a RuntimeClass."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from modelservice.api.findings import Finding
from modelservice.api.reasons import Reason
from modelservice.engines.engine import Ask

CPU, NVIDIA, AMD, INTEL, GAUDI = "cpu", "nvidia", "amd", "intel", "gaudi"
NAMES = {CPU: "CPUs", NVIDIA: "NVIDIA", AMD: "AMD", INTEL: "Intel GPUs", GAUDI: "Intel Gaudi"}
RUNTIME_CLASSES = {NVIDIA: "nvidia", GAUDI: "habana"}
"""What the vendor's own installer calls it."""
_VENDORS = {"amd.com/": AMD, "gpu.intel.com/": INTEL, "habana.ai/": GAUDI}


def accelerator(gpus: int, resource_name: str) -> str:
    """A resource of a vendor that nobody knows is a slice or share of an NVIDIA GPU under a name of its own."""
    if gpus == 0:
        return CPU
    return next((vendor for prefix, vendor in _VENDORS.items() if resource_name.startswith(prefix)), NVIDIA)


def image_findings(ask: Ask, title: str, published: Collection[str]) -> Iterable[Finding]:
    """A refusal where the engine has no image for this accelerator and the user names none."""
    kind = accelerator(ask.gpus, ask.resource_name)
    if ask.spec.engine.image is None and kind not in published:
        able = ", ".join(NAMES[one] for one in published)
        message = (
            f"{title} publishes no image for {NAMES[kind]}, but for {able}: set engine.image, or another engine.type."
        )
        yield Finding(Reason.UNSUPPORTED_BY_ENGINE, "engine.image", message)
