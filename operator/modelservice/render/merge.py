"""Strategic merge of a partial pod over the rendered one, by the merge keys that Kubernetes itself holds lists by.

Only `$patch: delete` removes. What could not be told apart or would be lost is a problem, never a silent drop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DIRECTIVE = "$patch"
CONTAINERS = ("containers", "initContainers")

_OF_A_CONTAINER: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("env",): ("name",),
    ("ports",): ("containerPort", "protocol"),
    ("resources", "claims"): ("name",),
    ("volumeDevices",): ("devicePath",),
    ("volumeMounts",): ("mountPath",),
}
MERGE_KEYS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("containers",): ("name",),
    ("hostAliases",): ("ip",),
    ("imagePullSecrets",): ("name",),
    ("initContainers",): ("name",),
    ("resourceClaims",): ("name",),
    ("resources", "claims"): ("name",),
    ("schedulingGates",): ("name",),
    ("topologySpreadConstraints",): ("topologyKey", "whenUnsatisfiable"),
    ("volumes",): ("name",),
    **{(kind, *path): keys for kind in CONTAINERS for path, keys in _OF_A_CONTAINER.items()},
}
"""Path in a PodSpec -> `x-kubernetes-list-map-keys` of the list there; every other list is replaced as a whole."""

KEY_DEFAULTS = {"protocol": "TCP", "whenUnsatisfiable": "DoNotSchedule"}

REPLACED_ITEMS = frozenset({("volumes",), *((kind, "env") for kind in CONTAINERS)})
"""Lists whose items are one of several kinds: a merged item would be two kinds at once, which nobody accepts."""

_HANDLERS = frozenset({"exec", "grpc", "httpGet", "sleep", "tcpSocket"})
UNIONS: Mapping[tuple[str, ...], frozenset[str]] = {
    (kind, *path): _HANDLERS
    for kind in CONTAINERS
    for path in (
        ("livenessProbe",),
        ("readinessProbe",),
        ("startupProbe",),
        ("lifecycle", "preStop"),
        ("lifecycle", "postStart"),
    )
}
"""Path -> fields that exclude each other: one in the patch takes the place of another in the base."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be merged: where, as written in YAML, and what to do."""

    where: str
    message: str


class Merge:
    """One merge; `problems` gathers everything that is wrong, so that a person sees it all at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def maps(self, base: Mapping[str, Any], patch: Mapping[str, Any], path: tuple[str, ...], where: str) -> Any:
        """`patch` over `base`, neither of them changed."""
        dropped = UNIONS.get(path, frozenset()) if UNIONS.get(path, frozenset()) & patch.keys() else frozenset()
        result = {key: value for key, value in base.items() if key not in dropped or key in patch}
        for key, value in patch.items():
            here = f"{where}.{key}"
            if key.startswith("$"):
                self.problem(here, f"is not understood: only `{DIRECTIVE}: delete` is, on a map or an item of a list")
            elif self.deletes(value, here):
                if isinstance(result.get(key, {}), dict):
                    result.pop(key, None)
                else:
                    self.problem(here, f"is no map: `{DIRECTIVE}: delete` goes into the item that shall be removed")
            else:
                result[key] = self.value(result.get(key), value, (*path, key), here)
        return result

    def value(self, base: Any, patch: Any, path: tuple[str, ...], where: str) -> Any:
        """Maps are merged, keyed lists by key; everything else is replaced."""
        keys = MERGE_KEYS.get(path)
        if patch is None:
            self.problem(where, f"is null: leave it out, or remove a map or an item with `{DIRECTIVE}: delete`")
        elif _kind(patch) != _kind([] if keys else patch if base is None else base):
            self.problem(where, f"must be {_kind([] if keys else base)}")
        elif isinstance(patch, dict):
            return self.maps(base or {}, patch, path, where)
        elif keys:
            return self.keyed(base or [], patch, path, keys, where)
        elif isinstance(patch, list):
            return [self.value(None, item, path, f"{where}[{index}]") for index, item in enumerate(patch)]
        return patch

    def keyed(
        self,
        base: Sequence[Mapping[str, Any]],
        patch: Sequence[Any],
        path: tuple[str, ...],
        keys: tuple[str, ...],
        where: str,
    ) -> list[Any]:
        """Items with equal keys are one; ours keep their places, new ones follow in the order given."""
        items = {_identity(item, keys): dict(item) for item in base}
        seen = set()
        for index, item in enumerate(patch):
            identity = _identity(item, keys) if isinstance(item, dict) else (None,)
            if None in identity:
                self.problem(f"{where}[{index}]", f"has no `{keys[0]}`, by which items of this list are told apart")
                continue
            here = f"{where}[{identity[0]}]"
            if identity in seen:
                self.problem(here, "stands there twice: keep one")
                continue
            seen.add(identity)
            if self.deletes(item, here):
                items.pop(identity, None)
            else:
                old = {} if path in REPLACED_ITEMS else items.get(identity, {})
                items[identity] = self.maps(old, item, path, here)
        return list(items.values())

    def deletes(self, value: Any, where: str) -> bool:
        """Whether this map or item says that it shall go; any other directive is a problem."""
        if not isinstance(value, dict) or DIRECTIVE not in value:
            return False
        if value[DIRECTIVE] != "delete":
            self.problem(where, f"says `{DIRECTIVE}: {value[DIRECTIVE]}`: only `{DIRECTIVE}: delete` is understood")
        return True

    def problem(self, where: str, message: str) -> None:
        self.problems.append(Problem(where, message))


def merged_pod_spec(
    base: Mapping[str, Any], patch: Mapping[str, Any], where: str
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """A partial PodSpec over a whole one, and what could not be merged."""
    merge = Merge()
    result: dict[str, Any] = merge.maps(base, patch, (), where)
    return result, tuple(merge.problems)


def without_duplicates(items: Sequence[Mapping[str, Any]], path: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """A keyed list with each item once, the later one in the place of the first."""
    return list({_identity(item, MERGE_KEYS[path]): item for item in items}.values())


def _kind(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a plain value"


def _identity(item: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[Any, ...]:
    """The values of `keys`, None for one that is missing or no plain value."""
    found = (item.get(key, KEY_DEFAULTS.get(key)) for key in keys)
    return tuple(value if isinstance(value, (str, int)) else None for value in found)
