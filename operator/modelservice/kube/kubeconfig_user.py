"""Who a kubeconfig's user is to the server: by a token, a password, a certificate or a program, and as whom.

Of several ways the first of kubectl's order counts, and what kubectl finds contradictory is refused here too.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from modelservice.kube.credentials import Authorization, Static, TokenFile
from modelservice.kube.errors import CredentialsError
from modelservice.kube.execplugin import ExecPlugin
from modelservice.kube.kubeconfig_entry import Entry
from modelservice.kube.tls import present

_NOT_IN_A_HEADER = re.compile(r"[^!#$&'*+.^_`|~0-9A-Za-z-]")


def authorization(user: Entry, tls: ssl.SSLContext, cluster: Mapping[str, Any]) -> Authorization:
    """How each request is signed; a client certificate is put into `tls`. A plugin may be told of the cluster."""
    shown = _shows_certificate(user, tls)
    token, file, name = user.text("token"), user.file("tokenFile"), user.text("username")
    if token and (name or user.text("password")):
        raise CredentialsError("a user of the kubeconfig has both a token and a password: remove one of them")
    if file:
        return TokenFile(file)
    if token:
        return Static(f"Bearer {token}")
    if name:
        pair = f"{name}:{user.text('password') or ''}"
        return Static(f"Basic {base64.b64encode(pair.encode()).decode()}")
    if plugin := user.fields.get("exec"):
        return ExecPlugin.of(plugin, user.folder, tls, cluster)
    if "auth-provider" in user.fields:
        raise CredentialsError("`auth-provider` in a kubeconfig is retired: use an exec plugin for that login")
    if not shown:
        raise CredentialsError(
            "the user of the kubeconfig has no login: give it a token, a client certificate or `exec`"
        )
    return Static()


def impersonation(user: Entry) -> Iterator[tuple[str, str]]:
    """The headers that say as whom the user wants to be taken."""
    name, uid = user.text("as"), user.text("as-uid")
    groups, extra = user.fields.get("as-groups") or (), user.fields.get("as-user-extra") or {}
    if name:
        yield "Impersonate-User", name
    elif uid or groups or extra:
        raise CredentialsError("as-uid, as-groups and as-user-extra in a kubeconfig need `as`, the user's name")
    if uid:
        yield "Impersonate-Uid", uid
    yield from (("Impersonate-Group", str(group)) for group in groups)
    for key, values in extra.items():
        header = f"Impersonate-Extra-{_NOT_IN_A_HEADER.sub(_escaped, str(key))}"
        yield from ((header, str(value)) for value in values)


def _shows_certificate(user: Entry, tls: ssl.SSLContext) -> bool:
    certificate, key = user.content("client-certificate"), user.content("client-key")
    if not certificate:
        return False
    if not key:
        raise CredentialsError("a user of the kubeconfig has a client-certificate and no client-key")
    try:
        present(tls, certificate, key)
    except ssl.SSLError as error:
        raise CredentialsError(f"client-certificate and client-key in the kubeconfig are no pair: {error}") from None
    return True


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode())
