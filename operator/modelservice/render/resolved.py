"""What a pod takes from outside its spec, resolved once and then kept.

A newer default image, RuntimeClass, proxy or platform default changes nothing that runs: `carry` keeps each value of
the revision that runs, unless the very field that it answers was edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from typing import Any

from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.workload import RevisionFacts
from modelservice.render.inputs import Tree, current_inputs, parsed

_GPU = (("engine", "type"), ("gpu", "count"), ("gpu", "resource_name"))
_IMAGE = (*_GPU, ("engine", "image"), ("engine", "version"))
_FETCH = (("model",), ("model_source",), ("cache",), ("engine", "type"), ("hugging_face", "offline"), ("serving",))
ANSWERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "image": _IMAGE,
    "version": _IMAGE,
    "gpus": (("engine", "type"), ("gpu", "count")),
    "runtime_class": (*_GPU, ("gpu", "runtime_class_name")),
    "fetch": _FETCH,
    "copied": (("model",), ("serving",)),
    "loader": _FETCH,
    "environment": (),
    "ca_bundle": (),
}
"""Resolved value -> the fields that it answers: an edit of one of them resolves it anew. `defaults` go leaf by leaf."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """`version` is "" for an image of unknown version, `runtime_class` "" for none. `defaults` is the pod-relevant part
    of the operator's `defaults`; `environment` holds the proxies. `fetch` is who fetches the model (render.fetching),
    and `loader` the image that does, if not the engine. `copied` says that a model in an image is copied out of it,
    because this cluster has no image volumes.
    """

    image: str = ""
    version: str = ""
    gpus: int = 0
    runtime_class: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: str = ""
    fetch: str = ""
    loader: str = ""
    copied: bool = False
    defaults: Tree = field(default_factory=dict)


_NAMES = {"runtime_class": "runtimeClass", "ca_bundle": "caBundle"}


def stored_form(resolved: Resolved, ca_config_map: str) -> dict[str, Any]:
    """As a revision stores it: without what is empty, and certificates by the name of their ConfigMap."""
    values = {part.name: getattr(resolved, part.name) for part in fields(resolved)} | {"ca_bundle": ca_config_map}
    return {_NAMES.get(name, name): value for name, value in values.items() if value}


def from_stored(revision: RevisionFacts) -> Resolved:
    """As a revision has it; what an older operator did not know is empty."""
    names = {part.name: _NAMES.get(part.name, part.name) for part in fields(Resolved)}
    known = {name: revision.resolved[key] for name, key in names.items() if key in revision.resolved}
    texts = revision.config_maps.get(known.get("ca_bundle", ""), {})
    return Resolved(**{**known, "ca_bundle": "".join(texts.values())})


def carry(today: Resolved, running: RevisionFacts, inputs: Tree) -> Resolved:
    """Today's values for what was edited since `running`, and the running ones for all else."""
    then, now = parsed(current_inputs(running)), parsed(inputs)
    if then is None or now is None:
        return today
    kept = from_stored(running)
    same = [name for name, paths in ANSWERS.items() if all(_at(then, path) == _at(now, path) for path in paths)]
    defaults = _carried(kept.defaults, today.defaults, then.manifest(), inputs["spec"])
    return replace(today, **{name: getattr(kept, name) for name in same}, defaults=defaults)


def _at(spec: ModelServiceSpec, path: tuple[str, ...]) -> Any:
    return reduce(getattr, path, spec)


def _carried(kept: Tree, today: Tree, then: Tree, now: Tree) -> dict[str, Any]:
    """Leaf by leaf: the kept default where the user's own value is what it was, else today's."""
    result: dict[str, Any] = {}
    for key in [*kept, *(key for key in today if key not in kept)]:
        trees = [side.get(key) for side in (kept, today, then, now)]
        if any(isinstance(side, Mapping) for side in trees[:2]):
            below = _carried(*(side if isinstance(side, Mapping) else {} for side in trees))
            if below:
                result[key] = below
        elif (side := kept if then.get(key) == now.get(key) else today) and key in side:
            result[key] = side[key]
    return result
