"""A small synchronous Kubernetes client for tests: plain dicts in and out, every refusal raised."""

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from lab import binaries
from lab.access import Access
from lab.discovery import Discovery, Resource
from lab.documents import documents
from lab.patience import looks

Manifest = dict[str, Any]
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class ApiError(Exception):
    """The API server said no: `code` is the HTTP status, `reason` one word, the text its own sentence."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class Client:
    """Talks to the cluster of one kubeconfig. Kinds are given as `Pod`, `pods` or `deployments.apps`."""

    def __init__(self, kubeconfig: Path) -> None:
        access = Access.of(kubeconfig)
        self.kubeconfig = kubeconfig
        self.url = access.url
        headers = {"authorization": f"Bearer {access.token}"} if access.token else {}
        self.http = httpx.Client(base_url=access.url, verify=access.trust, headers=headers, timeout=30)
        self._discovery = Discovery(self._call)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest:
        return self._object("GET", self._resource(kind).path(namespace, name))

    def find(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """The object, or nothing when there is none of that name."""
        try:
            return self.get(kind, name, namespace)
        except ApiError as refusal:
            if refusal.code != httpx.codes.NOT_FOUND:
                raise
            return None

    def list(self, kind: str, namespace: str | None = None, labels: str = "", fields: str = "") -> list[Manifest]:
        """All of that kind in the namespace, or in all namespaces."""
        chosen = {"labelSelector": labels, "fieldSelector": fields}
        params = {name: value for name, value in chosen.items() if value}
        items: list[Manifest] = self._object("GET", self._resource(kind).path(namespace), params=params)["items"]
        return items

    def create(self, manifest: Manifest, namespace: str | None = None, dry_run: bool = False) -> Manifest:
        """A field that does not exist is refused, as by kubectl; a dry run stores nothing."""
        path = self._kind_of(manifest).path(_namespace(manifest, namespace))
        return self._object("POST", path, params=_strict(dry_run), json=manifest)

    def apply(
        self, manifest: Manifest, namespace: str | None = None, manager: str = "lab-test", dry_run: bool = False
    ) -> Manifest:
        """Server-side apply, taking over fields that others own."""
        path = self._kind_of(manifest).path(_namespace(manifest, namespace), manifest["metadata"]["name"])
        params = {"fieldManager": manager, "force": "true", **_strict(dry_run)}
        kind = {"content-type": "application/apply-patch+yaml"}
        return self._object("PATCH", path, params=params, headers=kind, content=json.dumps(manifest))

    def replace(self, manifest: Manifest) -> Manifest:
        metadata = manifest["metadata"]
        path = self._kind_of(manifest).path(metadata.get("namespace"), metadata["name"])
        return self._object("PUT", path, json=manifest)

    def patch(
        self,
        kind: str,
        name: str,
        body: Any,
        namespace: str | None = None,
        subresource: str = "",
        type: str = "merge",
    ) -> Manifest:
        path = self._resource(kind).path(namespace, name, subresource)
        headers = {"content-type": PATCH_TYPES[type]}
        return self._object("PATCH", path, headers=headers, json=body)

    def delete(self, kind: str, name: str, namespace: str | None = None, **options: Any) -> None:
        """`options` are those of Kubernetes: gracePeriodSeconds=0, propagationPolicy="Foreground"."""
        self._object("DELETE", self._resource(kind).path(namespace, name), json=options)

    def wait(
        self,
        kind: str,
        name: str,
        namespace: str | None = None,
        until: Callable[[Manifest], bool] = bool,
        timeout: float = 30,
    ) -> Manifest:
        """The object, once it exists and `until` holds for it."""
        for _ in looks(timeout):
            seen = self.find(kind, name, namespace)
            if seen is not None and until(seen):
                return seen
        raise TimeoutError(f"{kind} {name} is not as awaited after {timeout:.0f} s:\n{_brief(seen)}")

    def wait_gone(self, kind: str, name: str, namespace: str | None = None, timeout: float = 30) -> None:
        for _ in looks(timeout):
            if (seen := self.find(kind, name, namespace)) is None:
                return
        raise TimeoutError(f"{kind} {name} is still there after {timeout:.0f} s:\n{_brief(seen)}")

    def install(self, path: Path, timeout: float = 30) -> None:
        """Apply a YAML file, and wait until the CustomResourceDefinitions in it are served."""
        manifests = documents(path.read_text())
        for manifest in manifests:
            self.apply(manifest)
        for manifest in manifests:
            if manifest["kind"] == "CustomResourceDefinition":
                name = manifest["metadata"]["name"]
                self.wait(manifest["kind"], name, until=condition("Established"), timeout=timeout)

    def kubectl(self, *args: str | Path, stdin: str | None = None) -> str:
        """What kubectl prints; its complaint is raised when it fails."""
        command = [binaries.path("kubectl"), f"--kubeconfig={self.kubeconfig}", *args]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise ApiError(done.returncode, "kubectl", done.stderr.strip())
        return done.stdout

    def _resource(self, kind: str) -> Resource:
        return self._discovery.by_name(kind)

    def _kind_of(self, manifest: Manifest) -> Resource:
        return self._discovery.by_kind(manifest["apiVersion"], manifest["kind"])

    def _object(self, method: str, path: str, **request: Any) -> Manifest:
        answer: Manifest = self._call(method, path, **request).json()
        return answer

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        response = self.http.request(method, path, **request)
        if response.is_success:
            return response
        try:
            status = response.json()
        except ValueError:
            status = {"reason": response.reason_phrase, "message": response.text}
        raise ApiError(response.status_code, status.get("reason", ""), status.get("message", ""))


def condition(type: str, status: str = "True") -> Callable[[Manifest], bool]:
    """For `wait`: the object has this condition with this status."""

    def holds(seen: Manifest) -> bool:
        conditions: Iterable[Manifest] = seen.get("status", {}).get("conditions") or ()
        return any(c["type"] == type and c["status"] == status for c in conditions)

    return holds


def _strict(dry_run: bool) -> dict[str, str]:
    return {"fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}


def _namespace(manifest: Manifest, given: str | None) -> str | None:
    named: str | None = manifest["metadata"].get("namespace")
    return named or given


def _brief(seen: Manifest | None) -> str:
    if seen is None:
        return "it does not exist"
    metadata = {name: value for name, value in seen["metadata"].items() if name != "managedFields"}
    return yaml.safe_dump(seen | {"metadata": metadata}, sort_keys=False)
