"""Finds the login of this process: from inside a pod, or by a kubeconfig like kubectl's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from modelservice.kube import kubeconfig
from modelservice.kube.credentials import Credentials, TokenFile
from modelservice.kube.errors import CredentialsError
from modelservice.kube.tls import trusting

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def find(environment: Mapping[str, str] = os.environ, context: str | None = None) -> Credentials:
    """The login that kubectl would find: $KUBECONFIG, else ~/.kube/config, else the pod's ServiceAccount."""
    found = files(environment)
    if found:
        return kubeconfig.load(found, context)
    if context:
        raise CredentialsError(f"there is no kubeconfig, so no context {context!r}: set KUBECONFIG to the file with it")
    if "KUBERNETES_SERVICE_HOST" in environment and (SERVICE_ACCOUNT / "token").exists():
        return in_cluster(environment)
    raise CredentialsError(
        "no cluster to talk to: set KUBECONFIG to a kubeconfig file, or run in a pod with a ServiceAccount token"
    )


def contexts(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The names of the contexts that a login may choose from."""
    return kubeconfig.contexts(files(environment))


def files(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The kubeconfig files that count; a missing one of several is passed over, as kubectl does."""
    named = [Path(part) for part in environment.get("KUBECONFIG", "").split(os.pathsep) if part]
    if named and not any(path.exists() for path in named):
        raise CredentialsError(f"KUBECONFIG names {', '.join(map(str, named))}, and there is no such file")
    return [path for path in named or [Path.home() / ".kube" / "config"] if path.exists()]


def in_cluster(environment: Mapping[str, str] = os.environ, folder: Path = SERVICE_ACCOUNT) -> Credentials:
    """The login of the pod's ServiceAccount."""
    host, port = environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]
    return Credentials(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        authorization=TokenFile(folder / "token"),
        tls=trusting((folder / "ca.crt").read_text()),
        namespace=(folder / "namespace").read_text().strip(),
        inside=True,
    )
