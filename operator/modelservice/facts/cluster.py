"""What is known of the cluster around a ModelService. `None` is "may not look", which is not "there is none"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StorageClassFacts:
    name: str
    binding: str = "Immediate"
    default: bool = False


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods off a node unless they tolerate it."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node: its accelerators, and the labels and taints that decide who may run there.

    `allocatable` holds extended resources only. `taken` is what pods of ModelServices on this node ask of them, so
    that at most the difference is free; empty where nobody counted.
    """

    name: str
    ready: bool = True
    schedulable: bool = True
    allocatable: Mapping[str, int] = field(default_factory=dict)
    gpu_product: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    taken: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Unknown (None) when the operator may look at namespaces only. `minor` is of the API server's version 1."""

    minor: int | None = None
    runtime_classes: frozenset[str] | None = None
    storage_classes: tuple[StorageClassFacts, ...] | None = None
    nodes: tuple[NodeFacts, ...] | None = None
