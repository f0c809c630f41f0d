"""The one door of commands to the API server: plain calls outside, our own session on one event loop inside.

It stands on `kube` and not on the `kubernetes` client: the operator's kubeconfig loading (merged files, contexts, exec
plugins, proxies), typed errors and watches are here and tested, and that client takes 1.2 s to import. So aiohttp is a
dependency of the command line too; it is imported only by commands that talk to a cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from modelservice.cli.background import Background
from modelservice.cli.exits import CommandError, Exit
from modelservice.cli.registry import program
from modelservice.kube import errors, login
from modelservice.kube.credentials import Credentials
from modelservice.kube.resources import MODEL_SERVICE, Key, Manifest, Resource, resource_of
from modelservice.kube.session import Session
from modelservice.kube.watch import Decoder, WatchEvent

T = TypeVar("T")
MANAGER = "modelservice-cli"
"""Field manager of what commands write: a user's hand, not the operator's."""
MERGE = "application/merge-patch+json"
WATCH_SILENCE = 3600.0


class Cluster:
    """One cluster and the namespace that the user chose; `with` opens it. Refusals come out as CommandError."""

    def __init__(self, credentials: Credentials, namespace: str | None = None) -> None:
        self.credentials = credentials
        self.namespace = namespace or credentials.namespace
        self.session = Session(credentials, agent=MANAGER)
        self.background = Background()

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Cluster:
        """The cluster that `flags.cluster` options name."""
        return cls(credentials(arguments.kubeconfig, arguments.context), arguments.namespace)

    def __enter__(self) -> Self:
        self.background.__enter__()
        self.run(self.session.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.background.run(self.session.__aexit__(kind, error, trace))
        self.background.__exit__(kind, error, trace)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What commands do at once or for long, on this cluster's event loop."""
        try:
            return self.background.run(coroutine)
        except (errors.ApiError, errors.CredentialsError) as error:
            raise told(error) from error

    def key(self, name: str) -> Key:
        """An object of the chosen namespace."""
        return Key(self.namespace, name)

    def get(self, resource: Resource, name: str) -> Manifest:
        """An object of the chosen namespace, or a cluster-wide one."""
        return self.request("GET", resource, name)

    def find(self, resource: Resource, name: str) -> Manifest | None:
        """The same, or nothing where there is none of that name."""
        try:
            return self.get(resource, name)
        except CommandError as error:
            if error.exit_code != Exit.NOT_FOUND:
                raise
            return None

    def objects(
        self,
        resource: Resource,
        *,
        labels: str = "",
        fields: str = "",
        everywhere: bool = False,
        patience: float | None = None,
    ) -> list[Manifest]:
        """All of a kind, in the chosen namespace or everywhere; TimeoutError after `patience` seconds."""
        found = self.fetch(resource, labels=labels, fields=fields, everywhere=everywhere)
        return self.run(asyncio.wait_for(found, patience))

    def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """Make an object; what exists already is refused."""
        resource = resource_of(manifest)
        params = {"fieldManager": MANAGER, "fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
        path = resource.collection(self._scope(resource))
        target = resource.describe(self.key(manifest["metadata"]["name"]))
        request = self.session.request("POST", path, target=target, params=params, body=manifest)
        return self.run(request).json()

    def patch(self, resource: Resource, name: str, body: Manifest, subresource: str = "") -> Manifest:
        """A JSON merge patch."""
        return self.request("PATCH", resource, name, subresource, body=body, params={"fieldManager": MANAGER})

    def delete(self, resource: Resource, name: str) -> None:
        """The object, and in the background what it owns."""
        self.request("DELETE", resource, name, params={"propagationPolicy": "Background"})

    def request(
        self,
        method: str,
        resource: Resource,
        name: str,
        subresource: str = "",
        *,
        params: Mapping[str, str] | None = None,
        body: Manifest | None = None,
    ) -> Manifest:
        """One request for one object, JSON in and out."""
        key = self.key(name) if resource.namespaced else Key("", name)
        path, target = resource.path(key, subresource), resource.describe(key)
        kind = MERGE if method == "PATCH" else "application/json"
        request = self.session.request(method, path, target=target, params=params, body=body, content_type=kind)
        return self.run(request).json()

    def watch(self, resource: Resource, *, fields: str = "", everywhere: bool = False) -> Iterator[WatchEvent]:
        """What is and what changes, each object first as it is; it ends when the server cuts the watch."""
        params = {"watch": "true", **({"fieldSelector": fields} if fields else {})}
        events = self._events(resource.collection(None if everywhere else self._scope(resource)), resource, params)
        while (event := self.run(_next(events))) is not None:
            yield event

    async def fetch(
        self, resource: Resource, *, labels: str = "", fields: str = "", everywhere: bool = False
    ) -> list[Manifest]:
        """The same as `objects`, for what runs on this cluster's event loop."""
        chosen = {"labelSelector": labels, "fieldSelector": fields}
        params = {name: value for name, value in chosen.items() if value}
        path = resource.collection(None if everywhere else self._scope(resource))
        pages = self.session.pages(path, target=f"the list of {resource.plural}", params=params)
        bare = [item async for page in pages for item in page["items"]]
        return [{"apiVersion": resource.api_version, "kind": resource.kind, **item} for item in bare]

    async def _events(self, path: str, resource: Resource, params: Mapping[str, str]) -> AsyncIterator[WatchEvent]:
        target = f"the watch of {resource.plural}"
        decoder = Decoder(target)
        async with self.session.stream(path, target=target, params=params, silence=WATCH_SILENCE) as stream:
            while chunk := await stream.read():
                for event in decoder.feed(chunk):
                    yield event

    def _scope(self, resource: Resource) -> str | None:
        return self.namespace if resource.namespaced else None


async def _next(events: AsyncIterator[WatchEvent]) -> WatchEvent | None:
    return await anext(events, None)


def credentials(kubeconfig: Path | None = None, context: str | None = None) -> Credentials:
    """The login that the user means; a CommandError says what to set."""
    try:
        return login.find(_environment(kubeconfig), context)
    except errors.CredentialsError as error:
        raise told(error) from error


def contexts(kubeconfig: Path | None = None) -> tuple[str, ...]:
    """The names that --context takes."""
    try:
        return login.contexts(_environment(kubeconfig))
    except errors.CredentialsError as error:
        raise told(error) from error


def _environment(kubeconfig: Path | None) -> Mapping[str, str]:
    if kubeconfig is None:
        return os.environ
    if not kubeconfig.exists():
        raise CommandError(f"there is no kubeconfig {kubeconfig}", exit_code=Exit.CLUSTER)
    return {**os.environ, "KUBECONFIG": str(kubeconfig)}


def told(error: errors.ApiError | errors.CredentialsError) -> CommandError:
    """The sentence, the next step and the exit code that an error of the API server means to a user."""
    for kind, (code, hint) in MEANINGS.items():
        if isinstance(error, kind):
            if isinstance(error, errors.NotFound) and not error.target.startswith(MODEL_SERVICE.kind):
                hint = f"`kubectl get {error.message.partition(' ')[0]}` shows what there is"
            return CommandError(_sentence(error), hint.replace("modelservice ", f"{program()} "), code)
    return CommandError(_sentence(error))


def _sentence(error: Exception) -> str:
    """A NotFound of the server names the object in its own words already, but for where it looked."""
    if not isinstance(error, errors.NotFound):
        return str(error)
    namespace, found, _ = error.target.rpartition(" ")[2].partition("/")
    return f"{error.message} in namespace {namespace}" if found else error.message


MEANINGS: Mapping[type[Exception], tuple[Exit, str]] = {
    errors.CredentialsError: (Exit.CLUSTER, ""),
    errors.Transient: (
        Exit.CLUSTER,
        "is this the right cluster? `kubectl config current-context` tells, --context chooses",
    ),
    errors.Unauthorized: (Exit.CLUSTER, "log in again, or choose another user with --context"),
    errors.QuotaExceeded: (Exit.NOT_SO, "`kubectl describe resourcequota` shows what is used"),
    errors.NamespaceTerminating: (Exit.NOT_FOUND, "-n chooses another namespace"),
    errors.Forbidden: (
        Exit.CLUSTER,
        "ask whoever runs the cluster for this right; `kubectl auth can-i --list` shows yours",
    ),
    errors.NotServed: (Exit.CLUSTER, "the operator is not installed in this cluster: see docs/install.md"),
    errors.NotFound: (Exit.NOT_FOUND, "`modelservice list -A` shows what there is"),
    errors.Conflict: (Exit.NOT_SO, ""),
}
"""The first that fits counts, so the narrower ones come before Forbidden."""
