"""Logins by an outside program, as cloud providers ship them (`aws eks get-token` and its like)."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from modelservice.kube.errors import CredentialsError
from modelservice.kube.tls import present

VERSIONS = tuple(f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))
MARGIN = timedelta(seconds=30)
"""Run the program this long before its credentials end: a request takes a while too."""
PATIENCE = 60.0
PATIENCE_WITH_PEOPLE = 600.0


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class ExecPlugin:
    """Runs the program when there are no credentials, when they end, and when the server refuses them."""

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    api_version: str
    tls: ssl.SSLContext
    cluster: Mapping[str, Any] | None = None
    """What the program asked to be told of the cluster."""
    at_terminal: bool = False
    """It may speak with the user, as when a browser or a code must confirm the login."""
    hint: str = ""
    now: Callable[[], datetime] = _wall
    _header: str | None = field(default=None, init=False)
    _expires: datetime | None = field(default=None, init=False)
    _known: bool = field(default=False, init=False)
    _running: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    @classmethod
    def of(cls, plugin: Mapping[str, Any], folder: Path, tls: ssl.SSLContext, cluster: Mapping[str, Any]) -> ExecPlugin:
        """The `exec` block of a kubeconfig's user; a relative command starts from the kubeconfig's folder."""
        command, version = str(plugin.get("command") or ""), str(plugin.get("apiVersion"))
        if not command:
            raise CredentialsError("`exec` of a user in the kubeconfig names no command")
        if version not in VERSIONS:
            raise CredentialsError(f"login program {command} is of {version}: apiVersion must be {VERSIONS[0]}")
        mode = plugin.get("interactiveMode", "IfAvailable")
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not terminal:
            raise CredentialsError(f"login program {command} must speak with you: run this on a terminal")
        return cls(
            command=str(folder / command) if os.sep in command else command,
            arguments=tuple(plugin.get("args") or ()),
            environment={pair["name"]: pair["value"] for pair in plugin.get("env") or ()},
            api_version=version,
            tls=tls,
            cluster=cluster if plugin.get("provideClusterInfo") else None,
            at_terminal=terminal and mode != "Never",
            hint=str(plugin.get("installHint") or "").strip(),
        )

    async def header(self) -> str | None:
        async with self._running:
            if not self._known or (self._expires is not None and self.now() >= self._expires - MARGIN):
                self._take(await self._run())
            return self._header

    def refused(self) -> bool:
        self._known = False
        return True

    def _take(self, status: Mapping[str, Any]) -> None:
        token, certificate, key = (status.get(n) for n in ("token", "clientCertificateData", "clientKeyData"))
        if certificate and key:
            present(self.tls, certificate.encode(), key.encode())
        elif not token:
            raise CredentialsError(f"login program {self.command} printed neither a token nor a certificate")
        self._header = f"Bearer {token}" if token else None
        end = status.get("expirationTimestamp")
        self._expires = datetime.fromisoformat(end) if end else None
        self._known = True

    async def _run(self) -> Mapping[str, Any]:
        told = {"interactive": self.at_terminal, **({"cluster": self.cluster} if self.cluster else {})}
        request = {"apiVersion": self.api_version, "kind": "ExecCredential", "spec": told}
        environment = {**os.environ, **self.environment, "KUBERNETES_EXEC_INFO": json.dumps(request)}
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                self.command,
                *self.arguments,
                env=environment,
                stdin=None if self.at_terminal else asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=None if self.at_terminal else pipe,
            )
        except OSError as error:
            raise CredentialsError(f"login program {self.command}: {error.strerror}. {self.hint}".strip()) from None
        try:
            async with asyncio.timeout(PATIENCE_WITH_PEOPLE if self.at_terminal else PATIENCE):
                output, complaint = await process.communicate()
        except TimeoutError:
            raise CredentialsError(f"login program {self.command} did not end in time") from None
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            last = (complaint or b"").decode(errors="replace").strip().splitlines()[-1:]
            raise CredentialsError(f"login program {self.command} failed: {''.join(last)}".removesuffix(": "))
        try:
            status = json.loads(output)["status"]
        except (ValueError, KeyError, TypeError):
            raise CredentialsError(f"login program {self.command} printed no ExecCredential") from None
        return status if isinstance(status, dict) else {}
