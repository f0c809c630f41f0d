"""Reads kubeconfig files as kubectl does: the current context's cluster and user, merged over several files."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelservice.kube.credentials import Authorization, Credentials, Static, TokenFile
from modelservice.kube.errors import CredentialsError
from modelservice.kube.execplugin import ExecPlugin
from modelservice.kube.proxy import proxy_of
from modelservice.kube.tls import present, trusting

Parsed = Sequence[tuple[Path, Mapping[str, Any]]]
"""The files that exist, in order, each with its content."""
TOLD_AS_IT_IS = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
EXEC_EXTENSION = "client.authentication.k8s.io/exec"


@dataclass(frozen=True, slots=True)
class Entry:
    """A cluster, user or context, and the folder that its relative paths start from."""

    fields: Mapping[str, Any]
    folder: Path

    def text(self, name: str) -> str | None:
        """A field that is plain text."""
        value = self.fields.get(name)
        return str(value) if value else None

    def file(self, name: str) -> Path | None:
        """A field that names a file."""
        value = self.text(name)
        return self.folder / Path(value).expanduser() if value else None

    def content(self, name: str) -> bytes | None:
        """A field that is given as base64 (`NAME-data`) or as a file."""
        data = self.text(f"{name}-data")
        if data is not None:
            try:
                return base64.b64decode(data, validate=True)
            except binascii.Error as error:
                raise CredentialsError(f"{name}-data in the kubeconfig is no base64: {error}") from None
        path = self.file(name)
        return path.read_bytes() if path else None


def load(paths: Iterable[Path], context: str | None = None) -> Credentials:
    """The login of the current context, or of the one that is named; of two entries with one name the first counts."""
    parsed = _all(paths)
    chosen = context or next((config["current-context"] for _, config in parsed if config.get("current-context")), None)
    if chosen is None:
        raise CredentialsError("the kubeconfig has no current-context: `kubectl config use-context NAME` sets it")
    return _login(parsed, _named(parsed, "contexts", "context", chosen))


def contexts(paths: Iterable[Path]) -> tuple[str, ...]:
    """The names of all contexts, in the order of the files."""
    names = (str(entry.get("name")) for _, config in _all(paths) for entry in config.get("contexts") or ())
    return tuple(dict.fromkeys(names))


def _login(parsed: Parsed, context: Entry) -> Credentials:
    cluster = _named(parsed, "clusters", "cluster", str(context.text("cluster")))
    user = _named(parsed, "users", "user", str(context.text("user")))
    server = cluster.text("server")
    if server is None:
        raise CredentialsError(f"cluster {context.text('cluster')!r} in the kubeconfig has no server")
    authority = cluster.content("certificate-authority")
    insecure = bool(cluster.fields.get("insecure-skip-tls-verify"))
    tls = trusting(authority.decode() if authority else None, insecure=insecure)
    return Credentials(
        server=server.rstrip("/"),
        authorization=_authorization(user, cluster, tls),
        tls=tls,
        server_name=cluster.text("tls-server-name"),
        proxy=cluster.text("proxy-url") or proxy_of(server),
        namespace=context.text("namespace") or "default",
    )


def _all(paths: Iterable[Path]) -> Parsed:
    return [(path, _parsed(path)) for path in paths if path.exists()]


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        config = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise CredentialsError(f"{path} is no kubeconfig: {error}") from None
    return config if isinstance(config, dict) else {}


def _named(parsed: Parsed, kind: str, field: str, name: str) -> Entry:
    for path, config in parsed:
        for entry in config.get(kind) or ():
            if entry.get("name") == name:
                return Entry(entry.get(field) or {}, path.parent)
    raise CredentialsError(f"the kubeconfig has no entry {name!r} in `{kind}`")


def _authorization(user: Entry, cluster: Entry, context: ssl.SSLContext) -> Authorization:
    certificate, key = user.content("client-certificate"), user.content("client-key")
    if certificate and key:
        present(context, certificate, key)
    if plugin := user.fields.get("exec"):
        return ExecPlugin.of(plugin, user.folder, context, _told(cluster))
    if path := user.file("tokenFile"):
        return TokenFile(path)
    if token := user.text("token"):
        return Static(f"Bearer {token}")
    if username := user.text("username"):
        pair = f"{username}:{user.text('password') or ''}"
        return Static(f"Basic {base64.b64encode(pair.encode()).decode()}")
    if "auth-provider" in user.fields:
        raise CredentialsError("`auth-provider` in a kubeconfig is retired: use an exec plugin for that login")
    return Static()


def _told(cluster: Entry) -> dict[str, Any]:
    """What a login program with `provideClusterInfo` is told of the cluster."""
    told = {name: cluster.fields[name] for name in TOLD_AS_IT_IS if cluster.fields.get(name)}
    if authority := cluster.content("certificate-authority"):
        told["certificate-authority-data"] = base64.b64encode(authority).decode()
    for extension in cluster.fields.get("extensions") or ():
        if extension.get("name") == EXEC_EXTENSION:
            told["config"] = extension.get("extension")
    return told
