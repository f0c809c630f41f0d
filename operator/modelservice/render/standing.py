"""What a refused spec leaves standing: everything that the last accepted one said.

A revision holds what pods are made from. All else of a spec (replicas, the Service, the size of the claim ...) is noted
on the Deployment while the spec is accepted, so that an edit that is refused changes none of it either. One thing it
may do: stop what runs.
"""

from __future__ import annotations

import json
from typing import Any

from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.facts import Facts
from modelservice.render.canonical import canonical
from modelservice.render.inputs import current_inputs, other_part, parsed, patched
from modelservice.render.revision import newest


def noted(spec: ModelServiceSpec) -> str:
    """What a revision of this spec does not hold."""
    said = spec.manifest()
    rest, size = other_part(said), said.get("cache", {}).get("size")
    if size:
        rest["cache"] = {**rest.get("cache", {}), "size": size}
    return canonical(rest)


def standing(refused: ModelServiceSpec, facts: Facts) -> ModelServiceSpec | None:
    """The last accepted spec, stopped if the refused one says so; None where nobody knows it any more."""
    last, note = newest(facts.revisions), _read(facts.deployment.accepted if facts.deployment else "")
    if last is None or note is None:
        return None
    stop = {"suspend": True} if refused.suspend else {}
    return parsed({"spec": {**patched(current_inputs(last).get("spec", {}), note), **stop}})


def _read(note: str) -> dict[str, Any] | None:
    """What somebody else wrote there counts as nothing."""
    try:
        found = json.loads(note)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
