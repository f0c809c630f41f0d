"""ModelServices on a real API server: made, edited and waited for. Every status seen on the way must keep the laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.client import Client, Manifest
from lab.patience import looks
from modelservice.api.status import Status
from modelservice.observe.laws import broken

NAME = "qwen"


class ModelServices:
    """Those of one namespace. They run the mock, which asks for no GPU, unless a test says otherwise."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace

    def create(self, name: str = NAME, annotations: dict[str, str] | None = None, **spec: Any) -> Manifest:
        return self.client.create(manifest(name, annotations, **spec), self.namespace)

    def edit(self, name: str = NAME, annotations: dict[str, str] | None = None, **spec: Any) -> Manifest:
        """A merge patch: None takes a field away."""
        body = {"spec": spec} | ({"metadata": {"annotations": annotations}} if annotations else {})
        return self.client.patch("ModelService", name, body, self.namespace)

    def delete(self, name: str = NAME, **options: Any) -> None:
        self.client.delete("ModelService", name, self.namespace, **options)

    def get(self, name: str = NAME) -> Manifest:
        body = self.client.get("ModelService", name, self.namespace)
        problems = broken(Status.model_validate(body.get("status") or {})) if conditions(body) else ()
        assert not problems, (problems, body["status"])
        return body

    def wait(self, until: Callable[[Manifest], bool], name: str = NAME, timeout: float = 40) -> Manifest:
        """The ModelService, once `until` holds for it."""
        for _ in looks(timeout):
            if until(body := self.get(name)):
                return body
        raise AssertionError(f"not as awaited after {timeout:.0f} s: {body.get('status')}")

    def settled(self, name: str = NAME, timeout: float = 40) -> Manifest:
        """Once the operator has answered the latest spec."""
        return self.wait(lambda body: observed(body) and bool(conditions(body)), name, timeout)

    def child(self, kind: str, name: str = NAME) -> Manifest:
        return self.client.get(kind, name, self.namespace)

    def wait_child(
        self, kind: str, until: Callable[[Manifest], bool] = bool, name: str = NAME, timeout: float = 40
    ) -> Manifest:
        return self.client.wait(kind, name, self.namespace, until, timeout)

    def children(self, kind: str) -> list[Manifest]:
        """All objects of that kind with our label."""
        found = self.client.list(kind, self.namespace, labels="app.kubernetes.io/managed-by=modelservice-operator")
        return [{"kind": kind, **child} for child in found]

    def events(self, reason: str) -> list[Manifest]:
        """What was told of ModelServices."""
        return self.client.list("Event", self.namespace, fields=f"involvedObject.kind=ModelService,reason={reason}")


def manifest(name: str = NAME, annotations: dict[str, str] | None = None, **spec: Any) -> Manifest:
    return {
        "apiVersion": "modelservice.io/v1alpha1",
        "kind": "ModelService",
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": {"model": "org/model", "engine": {"type": "mock"}, **spec},
    }


def observed(body: Manifest) -> bool:
    """The status speaks of the latest spec."""
    seen: int = body.get("status", {}).get("observedGeneration", 0)
    return seen == body["metadata"]["generation"]


def conditions(body: Manifest) -> dict[str, tuple[str, str]]:
    """Status and reason by type."""
    found = body.get("status", {}).get("conditions") or ()
    return {condition["type"]: (condition["status"], condition["reason"]) for condition in found}


def message(body: Manifest, type: str) -> str:
    found = body["status"]["conditions"]
    return next(str(condition["message"]) for condition in found if condition["type"] == type)


def has(type: str, status: str = "True", reason: str = "") -> Callable[[Manifest], bool]:
    """For `wait`: the status speaks of the latest spec, and this condition is so."""

    def holds(body: Manifest) -> bool:
        found = conditions(body).get(type, ("", ""))
        return observed(body) and found[0] == status and reason in ("", found[1])

    return holds


READY = has("Ready")
