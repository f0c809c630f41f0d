"""What a refused spec leaves standing: everything that the last accepted one said.

A revision holds what pods are made from. All else of a spec (replicas, the Service, the size of the claim ...) is noted
on the Deployment while the spec is accepted, so that an edit that is refused changes none of it either. One thing it
may do: stop what runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.workload import RevisionFacts
from modelservice.render.canonical import canonical
from modelservice.render.inputs import Tree, current_inputs, other_part, parsed, patched

FILLED_IN: Tree = {
    "replicas": 1,
    "suspend": False,
    "service": {"type": "ClusterIP", "port": 8000, "sessionAffinity": "None"},
}
"""Defaults of the CRD; no default of a platform stands for these fields, so that nothing is lost without them."""


def noted(spec: ModelServiceSpec) -> str:
    """What a revision of this spec does not hold, without what the schema would fill in: a default is no edit."""
    said = spec.manifest()
    rest, size = _unlike(other_part(said), FILLED_IN), said.get("cache", {}).get("size")
    if size:
        rest["cache"] = {**rest.get("cache", {}), "size": size}
    return canonical(rest)


def standing(refused: ModelServiceSpec, last: RevisionFacts, accepted: str) -> ModelServiceSpec | None:
    """The last accepted spec, stopped if the refused one says so; None where what was noted cannot be read."""
    note = _read(accepted)
    if note is None:
        return None
    stop = {"suspend": True} if refused.suspend else {}
    return parsed({"spec": {**patched(current_inputs(last).get("spec", {}), note), **stop}})


def _unlike(said: Tree, filled_in: Tree) -> dict[str, Any]:
    """Without what is as in the other, and without what is left empty by that."""
    result: dict[str, Any] = {}
    for key, value in said.items():
        if isinstance(value, Mapping) and key in filled_in:
            value = _unlike(value, filled_in[key])
            if not value:
                continue
        if key not in filled_in or value != filled_in[key]:
            result[key] = value
    return result


def _read(note: str) -> dict[str, Any] | None:
    """What somebody else wrote there counts as nothing."""
    try:
        found = json.loads(note)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
