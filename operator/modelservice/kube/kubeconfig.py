"""Reads kubeconfig files as kubectl does: the current context's cluster and user, merged over several files."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from modelservice.kube.credentials import Credentials, Static
from modelservice.kube.errors import CredentialsError
from modelservice.kube.kubeconfig_entry import Entry
from modelservice.kube.kubeconfig_user import authorization, impersonation
from modelservice.kube.proxy import proxy_of
from modelservice.kube.tls import trusting

Parsed = Sequence[tuple[Path, Mapping[str, Any]]]
"""The files that exist, in order, each with its content."""
TOLD_AS_IT_IS = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
EXEC_EXTENSION = "client.authentication.k8s.io/exec"


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
    cluster = _named(parsed, "clusters", "cluster", context.text("cluster"))
    named = context.text("user")
    user = _named(parsed, "users", "user", named) if named else Entry({}, context.folder)
    server = cluster.text("server")
    if server is None:
        raise CredentialsError(f"cluster {context.text('cluster')!r} in the kubeconfig has no server")
    address = (server if "://" in server else f"http://{server}").rstrip("/")
    tls = _tls(cluster)
    secure = address.startswith("https://")
    return Credentials(
        server=address,
        # As kubectl has it: who we are is told to nobody over a plain connection.
        authorization=authorization(user, tls, _told(cluster)) if secure else Static(),
        tls=tls,
        server_name=cluster.text("tls-server-name"),
        proxy=_usable(cluster.text("proxy-url") or proxy_of(address)),
        namespace=context.text("namespace") or "default",
        headers=tuple(impersonation(user)),
    )


def _tls(cluster: Entry) -> ssl.SSLContext:
    authority = cluster.content("certificate-authority")
    insecure = bool(cluster.fields.get("insecure-skip-tls-verify"))
    if authority and insecure:
        raise CredentialsError("insecure-skip-tls-verify and a certificate-authority contradict each other: remove one")
    try:
        return trusting(authority.decode() if authority else None, insecure=insecure)
    except (ssl.SSLError, UnicodeDecodeError):
        raise CredentialsError("certificate-authority in the kubeconfig is no certificate in PEM") from None


def _usable(proxy: str | None) -> str | None:
    if proxy and not proxy.startswith(("http://", "https://")):
        raise CredentialsError(f"the API server's proxy {proxy} is neither http:// nor https://: name one that is")
    return proxy


def _all(paths: Iterable[Path]) -> Parsed:
    return [(path, _parsed(path)) for path in paths if path.exists()]


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        config = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise CredentialsError(f"{path} is no kubeconfig: {error}") from None
    return config if isinstance(config, dict) else {}


def _named(parsed: Parsed, kind: str, field: str, name: str | None) -> Entry:
    if name is None:
        raise CredentialsError(f"the context of the kubeconfig names no {field}")
    for path, config in parsed:
        for entry in config.get(kind) or ():
            if entry.get("name") == name:
                return Entry(entry.get(field) or {}, path.parent)
    raise CredentialsError(f"the kubeconfig has no entry {name!r} in `{kind}`")


def _told(cluster: Entry) -> dict[str, Any]:
    """What a login program with `provideClusterInfo` is told of the cluster."""
    told = {name: cluster.fields[name] for name in TOLD_AS_IT_IS if cluster.fields.get(name)}
    if authority := cluster.content("certificate-authority"):
        told["certificate-authority-data"] = base64.b64encode(authority).decode()
    extensions = cluster.fields.get("extensions") or ()
    ours = (one.get("extension") for one in extensions if one.get("name") == EXEC_EXTENSION)
    return {**told, "config": next(ours, None)}
