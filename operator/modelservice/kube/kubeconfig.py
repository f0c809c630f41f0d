"""Reads kubeconfig files as kubectl does: the current context's cluster and user, merged over several files."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelservice.kube.credentials import Authorization, Credentials, Static, TokenFile
from modelservice.kube.errors import CredentialsError
from modelservice.kube.execplugin import ExecPlugin
from modelservice.kube.tls import present, trusting


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


def load(paths: Iterable[Path]) -> Credentials:
    """The login of the current context; of two entries with one name the first file's counts."""
    files = [path for path in paths if path.exists()]
    parsed = [(path, _parsed(path)) for path in files]
    current = next((config["current-context"] for _, config in parsed if config.get("current-context")), None)
    if current is None:
        raise CredentialsError("the kubeconfig has no current-context: `kubectl config use-context NAME` sets it")
    context = _named(parsed, "contexts", "context", current)
    cluster = _named(parsed, "clusters", "cluster", str(context.text("cluster")))
    user = _named(parsed, "users", "user", str(context.text("user")))
    server = cluster.text("server")
    if server is None:
        raise CredentialsError(f"cluster {context.text('cluster')!r} in the kubeconfig has no server")
    authority = cluster.content("certificate-authority")
    insecure = bool(cluster.fields.get("insecure-skip-tls-verify"))
    context_tls = trusting(authority.decode() if authority else None, insecure=insecure)
    return Credentials(
        server=server.rstrip("/"),
        authorization=_authorization(user, context_tls),
        tls=context_tls,
        server_name=cluster.text("tls-server-name"),
        proxy=cluster.text("proxy-url"),
        namespace=context.text("namespace") or "default",
    )


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        config = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise CredentialsError(f"{path} is no kubeconfig: {error}") from None
    return config if isinstance(config, dict) else {}


def _named(parsed: Iterable[tuple[Path, Mapping[str, Any]]], kind: str, field: str, name: str) -> Entry:
    for path, config in parsed:
        for entry in config.get(kind) or ():
            if entry.get("name") == name:
                return Entry(entry.get(field) or {}, path.parent)
    raise CredentialsError(f"the kubeconfig has no entry {name!r} in `{kind}`")


def _authorization(user: Entry, context: ssl.SSLContext) -> Authorization:
    certificate, key = user.content("client-certificate"), user.content("client-key")
    if certificate and key:
        present(context, certificate, key)
    if plugin := user.fields.get("exec"):
        return ExecPlugin.of(plugin, user.folder, context)
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
