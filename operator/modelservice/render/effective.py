"""The effective spec: the operator's `defaults`, a partial spec, laid under what the user said.

Maps merge by key and the user's value wins. Lists that Kubernetes holds by name merge by name, tolerations add up
(a platform's taints are there whatever the user tolerates besides), every other list is the user's if he said one.
`podTemplate` is not laid here: both are merged over the pod, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelservice.api.spec import ModelServiceSpec

Path = tuple[str, ...]
Tree = Mapping[str, Any]


def effective(spec: ModelServiceSpec, defaults: Tree) -> ModelServiceSpec:
    """The spec with `defaults` under it; the very same spec when there are none."""
    under = {key: value for key, value in defaults.items() if key != "podTemplate"}
    if not under:
        return spec
    return ModelServiceSpec.model_validate(laid(spec.manifest(), under))


def laid(said: Tree, under: Tree, path: Path = ()) -> dict[str, Any]:
    """`said` with `under` below it, neither of them changed."""
    result = dict(said)
    for key, value in under.items():
        here = (*path, key)
        rule = RULES.get(here)
        if rule:
            combined = rule(said.get(key), value)
            if combined is not None:
                result[key] = combined
        elif key not in said:
            result[key] = value
        elif isinstance(value, Mapping) and isinstance(said[key], Mapping):
            result[key] = laid(said[key], value, here)
    return result


def _by_name(said: Any, under: Any) -> list[Any]:
    names = {item.get("name") for item in said or []}
    return [item for item in under if item.get("name") not in names] + list(said or [])


def _before(said: Any, under: Any) -> list[Any]:
    """Of two sources with the same variable the later one wins, and that is the user's."""
    return [*under, *(said or [])]


def _added(said: Any, under: Any) -> list[Any]:
    return [*(said or []), *(item for item in under if item not in (said or []))]


def _cache(said: Any, under: Any) -> Tree | None:
    """A default may describe caches without making one: without `size` or `claimName` it waits for the user's."""
    if said is None:
        return dict(under) if "size" in under or "claimName" in under else None
    ours: tuple[str, ...] = ()
    if "claimName" in said:
        ours = ("size", "storageClassName", "accessModes")
    elif "size" in said:
        ours = ("claimName", "readOnly")
    return {**{key: value for key, value in under.items() if key not in ours}, **said}


def _resources(said: Any, under: Any) -> Tree:
    """A default for a resource of which the user said anything is dropped: it might contradict."""
    said = said or {}
    spoken = {name for part in ("requests", "limits") for name in said.get(part) or {}}
    result = dict(said)
    for part, amounts in under.items():
        if isinstance(amounts, Mapping):
            rest = {name: amount for name, amount in amounts.items() if name not in spoken}
            result[part] = {**rest, **(said.get(part) or {})}
        else:
            result.setdefault(part, amounts)
    return result


RULES: Mapping[Path, Callable[[Any, Any], Any]] = {
    ("cache",): _cache,
    ("engine", "env"): _by_name,
    ("engine", "envFrom"): _before,
    ("engine", "files"): _by_name,
    ("engine", "imagePullSecrets"): _by_name,
    ("resources",): _resources,
    ("serving", "loraAdapters"): _by_name,
    ("tolerations",): _added,
}
"""Where laying is more than "the user's value wins"."""
