"""All that a pod is rendered from, in one value: the builders of its parts take this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from modelservice.api.spec import ModelServiceSpec, PodTemplate
from modelservice.engines.engine import Launch
from modelservice.facts.model import Fetch, Located
from modelservice.render.resolved import Resolved


@dataclass(frozen=True, slots=True)
class Overlay:
    """A partial pod to merge over the rendered one, and the field that it stands in."""

    where: str
    template: PodTemplate


@dataclass(frozen=True, slots=True)
class Blueprint:
    """`spec` is the effective one; `overlays` come in order, the user's last; `restart` is his restart annotation.

    `models` is the model, and its adapters after it; `fetches` is what the loader fetches of them, where it does.
    """

    service: str
    spec: ModelServiceSpec
    resolved: Resolved
    models: tuple[Located, ...]
    launch: Launch
    overlays: tuple[Overlay, ...] = ()
    restart: str = ""
    fetches: tuple[Fetch, ...] = ()

    @property
    def cache_writable(self) -> bool:
        return not (self.spec.cache and self.spec.cache.read_only)
