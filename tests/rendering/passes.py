"""One pass after another over a ModelService, as the operator makes them: each sees the revisions of the last."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from modelservice.api.config import OperatorConfig
from modelservice.api.resource import API_VERSION, KIND, ModelService, parse
from modelservice.facts.facts import Facts
from modelservice.facts.rollout import RolloutFacts, Verdict
from modelservice.render.children import children
from modelservice.render.metadata import Manifest
from modelservice.render.prepare import prepare
from modelservice.render.prepared import Prepared

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = Facts(now=NOW)
CONFIG = OperatorConfig()


def body(spec: Mapping[str, Any], name: str = "qwen", **metadata: Any) -> dict[str, Any]:
    """A ModelService as a dict; without a model it gets one."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "namespace": "team", "uid": "uid-1", **metadata},
        "spec": {"model": "org/model", **copy.deepcopy(dict(spec))},
    }


def service(spec: Mapping[str, Any], name: str = "qwen", **metadata: Any) -> ModelService:
    return parse(body(spec, name, **metadata))


@dataclass(frozen=True)
class Pass:
    """What one pass came to."""

    owner: ModelService
    facts: Facts
    prepared: Prepared
    children: list[Manifest] = field(default_factory=list)

    def child(self, kind: str) -> Manifest:
        """The one child of that kind."""
        [found] = self.all(kind)
        return found

    def all(self, kind: str) -> list[Manifest]:
        return [child for child in self.children if child["kind"] == kind]

    @property
    def template(self) -> dict[str, Any]:
        template: dict[str, Any] = self.child("Deployment")["spec"]["template"]
        return template

    @property
    def pod(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.template["spec"]
        return spec

    @property
    def engine(self) -> dict[str, Any]:
        container: dict[str, Any] = self.pod["containers"][0]
        return container

    @property
    def env(self) -> dict[str, Any]:
        return {item["name"]: item.get("value", item.get("valueFrom")) for item in self.engine["env"]}

    @property
    def mounts(self) -> dict[str, dict[str, Any]]:
        return {mount["mountPath"]: mount for mount in self.engine["volumeMounts"]}

    def volume(self, path: str) -> dict[str, Any]:
        """The volume that is mounted there, without its name."""
        name = self.mounts[path]["name"]
        [found] = [volume for volume in self.pod["volumes"] if volume["name"] == name]
        return {key: value for key, value in found.items() if key != "name"}


def one_pass(owner: ModelService, facts: Facts = FACTS, config: OperatorConfig = CONFIG) -> Pass:
    """A pass that promotes its candidate at once; a refused spec has no children."""
    prepared = prepare(owner, facts, config)
    if prepared.candidate is None:
        return Pass(owner, facts, prepared)
    name = prepared.candidate.name
    rollout = RolloutFacts(Verdict.STEADY, target=name, current=name)
    return Pass(owner, facts, prepared, children(owner, prepared, rollout, facts))


def rendered(spec: Mapping[str, Any], name: str = "qwen", config: OperatorConfig = CONFIG, **facts: Any) -> Pass:
    """The first pass over a new resource."""
    return one_pass(service(spec, name), replace(FACTS, **facts), config)


def next_pass(
    last: Pass, owner: ModelService | None = None, config: OperatorConfig = CONFIG, ready: bool = True, **facts: Any
) -> Pass:
    """The pass after `last`, which became Ready unless said otherwise."""
    candidate = last.prepared.candidate
    revisions = {revision.name: revision for revision in last.facts.revisions}
    if candidate:
        revisions[candidate.name] = candidate
    owner = owner or last.owner
    current = candidate.name if candidate and ready else last.owner.status.current_revision
    status = owner.status.model_copy(update={"current_revision": current})
    seen = replace(last.facts, revisions=tuple(revisions.values()), **facts)
    return one_pass(owner.model_copy(update={"status": status}), seen, config)
