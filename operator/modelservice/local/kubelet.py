"""What the kubelet would do with the engine's container, done for a process: mounts become folders, and references in
environment and command line become values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from modelservice.api.reasons import Reason
from modelservice.facts.marks import ENGINE
from modelservice.local.errors import ModelServerError
from modelservice.local.machine import Machine
from modelservice.render import paths
from modelservice.render.configmaps import ConfigMaps
from modelservice.render.metadata import Manifest

PERSONS = frozenset({"HOME", "USER", "LOGNAME", "HF_HOME"})
"""Variables that a container has to be given and a person has."""
OPTIONAL = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})
"""A person who has logged in at the hub has a file with the token instead."""
MACHINES = frozenset({paths.SHARED_MEMORY, paths.TMP})
"""Folders that every machine has."""
_REFERENCE = re.compile(r"\$\$|\$\((?P<name>[-._a-zA-Z0-9]+)\)")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the container's paths lie on this machine: whole folders, single files with their texts."""

    folders: Mapping[str, Path]
    files: Mapping[str, Path] = field(default_factory=dict)
    texts: Mapping[Path, str] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """The text with each path of the container as this machine has it; the longest path wins."""
        # A file's own folder counts alone, as in PYTHONPATH; what else lies in it is this machine's.
        single = {str(PurePosixPath(path).parent): here.parent for path, here in self.files.items()} | {**self.files}
        ends = {**dict.fromkeys(single, r"(?![\w./-])"), **dict.fromkeys(self.folders, r"(?![\w.-])")}
        known = "|".join(re.escape(path) + ends[path] for path in sorted(ends, key=len, reverse=True))
        at = {**single, **self.folders}
        return re.sub(rf"(?<![\w./-])(?:{known})", lambda match: str(at[match[0]]), text) if known else text


def places(pod: Manifest, config_maps: ConfigMaps, machine: Machine, folder: Path) -> Places:
    """The mounts of the engine's container. Files are written below `folder`."""
    volumes = {volume["name"]: volume for volume in pod.get("volumes", ())}
    known = {paths.HOME: machine.home, paths.COMPILE_CACHE: folder / "compile-cache"}
    folders: dict[str, Path] = {}
    files: dict[str, Path] = {}
    texts: dict[Path, str] = {}
    for mount in engine(pod).get("volumeMounts", ()):
        path, config_map = mount["mountPath"], volumes[mount["name"]].get("configMap", {}).get("name")
        if config_map in config_maps:
            files[path] = folder / path.lstrip("/")
            texts[files[path]] = config_maps[config_map][mount["subPath"]]
        elif config_map:
            raise _only_in_a_cluster(path, f"is a key of the ConfigMap {config_map}: write its text into engine.files")
        elif mount["name"] == "cache":
            folders[path] = machine.hub_cache
        elif path in known:
            folders[path] = known[path]
        elif path not in MACHINES:
            raise _only_in_a_cluster(path, "is a volume: name a file or folder of this machine as model")
    return Places(folders, files, texts)


def engine(pod: Manifest) -> Manifest:
    """The container that serves. Others have no meaning without their pod."""
    found: Manifest = next(container for container in pod["containers"] if container["name"] == ENGINE)
    return found


def environment(
    container: Manifest, config_maps: ConfigMaps, places: Places, environ: Mapping[str, str]
) -> dict[str, str]:
    """The container's variables. What a Secret has in a cluster comes from this machine's variable of that name."""
    result: dict[str, str] = {}
    for name, value, reference in _variables(container, config_maps):
        if name in PERSONS:
            continue
        if reference is None:
            result[name] = expand(places.here(value), result)
        elif name in environ:
            result[name] = environ[name]
        elif name not in OPTIONAL:
            message = f"{name} comes from a {reference} in a cluster: set the variable {name} on this machine."
            raise ModelServerError(message, Reason.SECRET_MISSING)
    return result


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` as Kubernetes reads it: a variable that is not there stays as written, `$$` is a dollar."""

    def value(match: re.Match[str]) -> str:
        return "$" if match["name"] is None else variables.get(match["name"], match[0])

    return _REFERENCE.sub(value, text)


def _variables(container: Manifest, config_maps: ConfigMaps) -> Iterable[tuple[str, str, str | None]]:
    """Name, value, and the kind of object that has the value where it is not written out."""
    for source in container.get("envFrom", ()):
        ours = config_maps.get(source.get("configMapRef", {}).get("name"), {})
        yield from ((name, value, None) for name, value in ours.items())
    for variable in container.get("env", ()):
        kind = next(iter(variable.get("valueFrom", ())), None)
        yield variable["name"], variable.get("value", ""), kind and kind.removesuffix("KeyRef").removesuffix("Ref")


def _only_in_a_cluster(path: str, why: str) -> ModelServerError:
    return ModelServerError(f"{path} of the container {why}.", Reason.UNSUPPORTED_BY_ENGINE)
