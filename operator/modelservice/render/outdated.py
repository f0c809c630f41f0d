"""Whether what runs is what would be rendered today, and if not, since when it is not: in a sentence and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.api.reasons import Reason
from modelservice.api.resource import RESTART_ANNOTATION
from modelservice.render.draft import Draft
from modelservice.render.resolved import Resolved

WORDS = {
    "image": "image",
    "version": "engine version",
    "gpus": "GPUs per replica",
    "runtime_class": "RuntimeClass",
}
"""Values short enough to be told; of the others only that they changed."""
OTHERS = {
    "environment": "proxies",
    "ca_bundle": "certificates",
    "defaults": "the platform's defaults",
    "copied": "image volumes",
}


@dataclass(frozen=True, slots=True)
class Outdated:
    """Both are empty when nothing is."""

    message: str = ""
    reason: str = ""


def outdated(template: Mapping[str, Any], kept: Resolved, as_kept: Draft, today: Resolved, as_today: Draft) -> Outdated:
    """`template` runs, made with `kept`; the drafts are what today's renderer makes with either set of values."""
    if as_today.template == template:
        return Outdated()
    if as_today.template is None:
        why = "; ".join(finding.message for finding in as_today.findings if finding.refuses)
        return Outdated(f"Today's operator would refuse this spec: {why}", Reason.NEWER_OPERATOR)
    how = f"Set the annotation {RESTART_ANNOTATION} to take it up."
    if as_today.template != as_kept.template:
        return Outdated(f"Newer defaults: {', '.join(differences(kept, today))}. {how}", Reason.NEWER_DEFAULTS)
    return Outdated(f"A newer operator renders the pod differently. {how}", Reason.NEWER_OPERATOR)


def differences(kept: Resolved, today: Resolved) -> list[str]:
    """What was resolved differently, for people."""
    told = [
        f"{word} {getattr(kept, name) or 'none'} -> {getattr(today, name) or 'none'}"
        for name, word in WORDS.items()
        if getattr(kept, name) != getattr(today, name)
    ]
    return told + [word for name, word in OTHERS.items() if getattr(kept, name) != getattr(today, name)]
