"""The pod's volumes and where the engine's container mounts them.

There is a writable place for everything that engines write (home, temporary files, shared memory, caches), so that a
non-root user works and the image's own layers stay untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.render import configmaps, paths
from modelservice.render.blueprint import Blueprint
from modelservice.render.canonical import canonical, digest
from modelservice.render.names import child_name, dns_label


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount and the volume that it needs."""

    volume: str
    source: Mapping[str, Any]
    path: str
    sub_path: str | None = None
    read_only: bool = False

    def manifest(self) -> dict[str, Any]:
        result: dict[str, Any] = {"name": self.volume, "mountPath": self.path}
        if self.sub_path:
            result["subPath"] = self.sub_path
        if self.read_only:
            result["readOnly"] = True
        return result


def mounts(blueprint: Blueprint) -> list[Mount]:
    """All mounts, one per path: what the user asked for stands later and takes the place of ours."""
    by_path: dict[str, Mount] = {}
    for mount in (*_scratch(blueprint), *_models(blueprint), *_files(blueprint)):
        by_path.pop(mount.path, None)
        by_path[mount.path] = mount
    return list(by_path.values())


def volumes(of: list[Mount]) -> list[dict[str, Any]]:
    """Each volume once; read-only as a whole only where every mount of it is."""
    result: dict[str, dict[str, Any]] = {}
    for mount in of:
        source = _without_read_only(mount.source)
        claim = source.get("persistentVolumeClaim")
        if claim and all(other.read_only for other in of if other.volume == mount.volume):
            claim["readOnly"] = True
        result[mount.volume] = {"name": mount.volume, **source}
    return list(result.values())


def claim_name(service: str) -> str:
    """Name of the claim that the operator makes."""
    return child_name(service, "cache")


def _scratch(blueprint: Blueprint) -> Iterator[Mount]:
    memory: dict[str, Any] = {"medium": "Memory"}
    if blueprint.spec.shared_memory.size_limit:
        memory["sizeLimit"] = blueprint.spec.shared_memory.size_limit
    yield Mount("shared-memory", {"emptyDir": memory}, paths.SHARED_MEMORY)
    yield Mount("home", {"emptyDir": {}}, paths.HOME)
    yield Mount("tmp", {"emptyDir": {}}, paths.TMP)
    if blueprint.launch.cache_env and not blueprint.cache_writable:
        yield Mount("compile-cache", {"emptyDir": {}}, paths.COMPILE_CACHE)


def _models(blueprint: Blueprint) -> Iterator[Mount]:
    """The cache, and the volumes that sources bring; one claim is one volume, however often it is mounted."""
    cache = blueprint.spec.cache
    claim = (cache.claim_name or (cache.size and claim_name(blueprint.service))) if cache else None
    source: dict[str, Any] = {"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}}
    yield Mount(
        "cache",
        source,
        paths.hub_cache(blueprint.spec),
        sub_path=cache.sub_path if cache else None,
        read_only=bool(cache and cache.read_only),
    )
    names = {canonical(source): "cache"}
    for model in blueprint.models:
        if (brought := model.volume) is None:
            continue
        key = canonical(_without_read_only(brought.source))
        names.setdefault(key, brought.name if brought.name not in names.values() else f"{brought.name}-{len(names)}")
        # Where its image is to be copied out, the volume is an empty one.
        copied = bool(model.image) and blueprint.resolved.copied
        yield Mount(names[key], {"emptyDir": {}} if copied else brought.source, brought.mount_path, read_only=True)


def _without_read_only(source: Mapping[str, Any]) -> dict[str, Any]:
    claim = source.get("persistentVolumeClaim")
    if claim is None:
        return dict(source)
    return {"persistentVolumeClaim": {key: value for key, value in claim.items() if key != "readOnly"}}


def _files(blueprint: Blueprint) -> Iterator[Mount]:
    for file in blueprint.launch.files:
        yield _own_file(blueprint.service, file.path, file.content)
    for wanted in blueprint.spec.engine.files:
        if wanted.content is not None:
            yield _own_file(blueprint.service, wanted.path, wanted.content)
        elif wanted.config_map_key:
            name = wanted.config_map_key.name
            source = {"configMap": {"name": name}}
            yield Mount(dns_label(f"config-{name}"), source, wanted.path, wanted.config_map_key.key, True)
    bundle = blueprint.resolved.ca_bundle
    if bundle:
        source = {"configMap": {"name": configmaps.ca_name(blueprint.service, bundle)}}
        yield Mount("ca", source, paths.CA_FILE, configmaps.CA_KEY, True)


def _own_file(service: str, path: str, text: str) -> Mount:
    source = {"configMap": {"name": configmaps.file_name(service, text)}}
    return Mount(f"file-{digest(text, 10)}", source, path, configmaps.FILE_KEY, True)
