"""The page of `modelservice status`: a survey as text, the most important first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from modelservice.api.status import ConditionType
from modelservice.cli.ages import age, took
from modelservice.cli.output import as_table
from modelservice.cli.seen import Service
from modelservice.cli.start_steps import steps
from modelservice.cli.survey import Survey, event_time
from modelservice.cli.terminal import Style, painted
from modelservice.facts.parse_pods import pod as facts_of
from modelservice.kube.resources import Manifest

WIDTH = 110
STYLES = {ConditionType.READY: Style.GOOD, ConditionType.STALLED: Style.BAD}


def written(found: Survey, now: datetime) -> str:
    """Parts that have nothing to say are left out."""
    parts = (_head(found.service), _start(found, now), _pods(found, now), _children(found.service))
    return "\n".join([*filter(None, (*parts, _conditions(found.service, now), _events(found, now), _log(found)))])


def _head(seen: Service) -> str:
    style = next((style for type, style in STYLES.items() if seen.holds(type)), Style.WAITING)
    status = seen.status
    rows = {
        "model": seen.spec.get("model"),
        "engine": status.engine,
        "gpu": status.gpu,
        "url": status.open_ai_url or status.url,
        "revision": _revision(seen),
    }
    title = f"{painted(seen.name, Style.STRONG)}   {painted(seen.phase, style)}   {status.ready or ''}".rstrip()
    lines = [title, *_wrapped(seen.message)]
    return "\n".join([*lines, "", *(f"{name:<9} {text}" for name, text in rows.items() if text), ""])


def _revision(seen: Service) -> str:
    now, tried = seen.status.current_revision, seen.status.update_revision
    return f"{now or 'none yet'}, trying {tried}" if tried else now or ""


def _start(found: Survey, now: datetime) -> str:
    """Of the youngest engine pod: that is the start which one waits for."""
    engines = [pod for pod in found.pods if facts_of(pod).component == "engine"]
    if not engines:
        return ""
    youngest = engines[-1]
    told = [f"{step.name} {took(step.seconds)}{'' if step.done else ' so far'}" for step in steps(youngest, now)]
    return f"start     {', '.join(told)}   ({youngest['metadata']['name']})\n" if told else ""


def _pods(found: Survey, now: datetime) -> str:
    if not found.pods:
        return ""
    head = ("POD", "READY", "STATE", "RESTARTS", "NODE", "GPU", "AGE")
    return as_table(head, [_pod(pod, found, now) for pod in found.pods])


def _pod(pod: Manifest, found: Survey, now: datetime) -> tuple[str, ...]:
    facts = facts_of(pod)
    waiting = next((one.reason for one in facts.containers if one.state == "waiting" and one.reason), "")
    state = "Terminating" if facts.deleting_since else waiting or facts.reason or facts.phase
    product = found.products.get(facts.node, "")
    gpus = ", ".join(f"{count} x {product or name}" for name, count in facts.asks.items()) or "none"
    restarts = str(sum(one.restarts for one in facts.containers))
    return (
        facts.name,
        "yes" if facts.ready else "no",
        state,
        restarts,
        facts.node or "none",
        gpus,
        age(facts.created_at, now),
    )


def _children(seen: Service) -> str:
    names = [f"{child.kind}/{child.name}" for child in seen.status.children]
    return "\n".join(_wrapped(f"children  {', '.join(names)}", indent=" " * 10)) + "\n" if names else ""


def _conditions(seen: Service, now: datetime) -> str:
    rows = [
        (one.type, one.status, one.reason, age(one.last_transition_time, now), textwrap.shorten(one.message, WIDTH))
        for one in seen.status.conditions
    ]
    return as_table(("CONDITION", "IS", "REASON", "SINCE", "MESSAGE"), rows) if rows else ""


def _events(found: Survey, now: datetime) -> str:
    rows = [
        (
            age(event_time(event), now),
            event.get("type", ""),
            event.get("reason", ""),
            f"{event['involvedObject'].get('kind')}/{event['involvedObject'].get('name')}",
            textwrap.shorten(event.get("message", ""), WIDTH),
        )
        for event in found.events
    ]
    return as_table(("EVENT", "TYPE", "REASON", "OBJECT", "MESSAGE"), rows) if rows else ""


def _log(found: Survey) -> str:
    if not found.log:
        return ""
    return "\n".join(_wrapped(f"log       {found.log}", indent=" " * 10)) + "\n"


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
