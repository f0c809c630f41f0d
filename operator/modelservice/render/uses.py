"""What a ModelService needs of model caches, by what its spec says or a revision of it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from modelservice.api.config import OperatorConfig
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.model import Located
from modelservice.facts.uses import Use
from modelservice.render.effective import effective
from modelservice.render.locate import located
from modelservice.render.volumes import claim_name


def uses_of(service: str, said: ModelServiceSpec, config: OperatorConfig) -> Iterator[Use]:
    spec = effective(said, config.defaults)
    cache = spec.cache
    claim = (cache.claim_name or (claim_name(service) if cache.size else "")) if cache else ""
    for model in located(spec)[0]:
        if model.fetch and claim and cache:
            folder = _first(f"{cache.sub_path or ''}/{model.fetch.folder}")
            yield Use(claim, folder, service, "" if cache.sub_path else model.fetch.reference)
        yield from (Use(name, folder, service) for name, folder in _mounted(model))


def _mounted(model: Located) -> Iterator[tuple[str, str]]:
    """A model that is named by its place on a claim."""
    source = (model.volume.source if model.volume else {}).get("persistentVolumeClaim")
    if model.volume and source:
        yield source["claimName"], _first(model.path.removeprefix(model.volume.mount_path))


def _first(path: str) -> str:
    return path.strip("/").partition("/")[0]
