"""Where the Service leads to: the port that pods of our own making give a name, and adopted ones perhaps do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelservice.facts.marks import ENGINE
from modelservice.facts.raw import items, number, part, text
from modelservice.render.container import PORT_NAME

USUAL = 8000


def target_port(templates: Iterable[Mapping[str, Any]]) -> str | int:
    """By name, as long as every template that pods may be of has it; else by the number that the first one has.

    A name may stand for another number in each revision, but a pod without it would be no endpoint.
    """
    found = list(templates)
    return PORT_NAME if all(_named(template) for template in found) else port_of(found[0])


def port_of(template: Mapping[str, Any]) -> int:
    """The number that the engine listens on, as its container says; vLLM's own where it says nothing."""
    ports = items(_engine(template), "ports")
    chosen = [port for port in ports if text(port, "name") == PORT_NAME] or ports
    return number(chosen[0], "containerPort") if chosen else USUAL


def _named(template: Mapping[str, Any]) -> bool:
    return any(text(port, "name") == PORT_NAME for port in items(_engine(template), "ports"))


def _engine(template: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = items(part(template, "spec"), "containers")
    return next((one for one in containers if text(one, "name") == ENGINE), containers[0] if containers else {})
