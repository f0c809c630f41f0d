"""How a kubeconfig's current context reaches its API server: whatever cluster it names, read once."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError


@dataclass(frozen=True, slots=True)
class Access:
    """Address and credentials of one user of one API server."""

    url: str
    trust: ssl.SSLContext
    token: str | None

    @classmethod
    def of(cls, kubeconfig: Path) -> "Access":
        config = yaml.safe_load(kubeconfig.read_text())
        contexts = _named(config, "contexts", "context")
        context = contexts.get(config.get("current-context"))
        if context is None:
            raise LabError(f"{kubeconfig} has no current context: `kubectl config use-context NAME` sets it")
        cluster = _named(config, "clusters", "cluster")[context["cluster"]]
        user = _named(config, "users", "user")[context["user"]]
        if "exec" in user:
            user = _executed(user["exec"])
        folder = kubeconfig.parent
        return cls(cluster["server"].rstrip("/"), _trust(cluster, user, folder), _token(user, folder))


def _named(config: dict[str, Any], kind: str, field: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry[field] for entry in config[kind]}


def _executed(plugin: dict[str, Any]) -> dict[str, Any]:
    """The credentials that a login plugin prints."""
    env = {pair["name"]: pair["value"] for pair in plugin.get("env") or []}
    request = {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    done = subprocess.run(
        [plugin["command"], *(plugin.get("args") or [])],
        env=os.environ | env | {"KUBERNETES_EXEC_INFO": json.dumps(request)},
        capture_output=True,
        text=True,
        check=True,
    )
    status = json.loads(done.stdout)["status"]
    found = {
        "token": status.get("token"),
        "client-certificate-data": _encoded(status.get("clientCertificateData")),
        "client-key-data": _encoded(status.get("clientKeyData")),
    }
    return {name: value for name, value in found.items() if value}


def _encoded(text: str | None) -> str | None:
    return base64.b64encode(text.encode()).decode() if text else None


def _trust(cluster: dict[str, Any], user: dict[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _content(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    cert, key = _content(user, "client-certificate", folder), _content(user, "client-key", folder)
    if cert and key:
        with tempfile.NamedTemporaryFile() as pair:  # the ssl module loads a pair from a file only
            pair.write(cert + b"\n" + key)
            pair.flush()
            context.load_cert_chain(pair.name)
    return context


def _token(user: dict[str, Any], folder: Path) -> str | None:
    token: str | None = user.get("token")
    return (folder / user["tokenFile"]).read_text().strip() if "tokenFile" in user else token


def _content(entry: dict[str, Any], field: str, folder: Path) -> bytes | None:
    """A field is given as itself (base64, `-data`) or as a file, relative to the kubeconfig's folder."""
    if f"{field}-data" in entry:
        return base64.b64decode(entry[f"{field}-data"])
    return (folder / entry[field]).read_bytes() if field in entry else None
