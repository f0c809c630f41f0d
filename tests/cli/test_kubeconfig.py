"""Kubeconfigs mean to us what they mean to kubectl: each row is given to both, and who came to the server, by which
credentials and by which way, is compared. Where kubectl refuses, so do we.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from cli.conftest import Program
from cli.pseudo_terminal import PseudoTerminal
from cli.reception import NAME, Reception, Visit, reception
from lab import binaries
from modelservice.kube import login
from modelservice.kube.errors import ApiError, CredentialsError
from modelservice.kube.session import Session

PATH = "/somewhere"
Fields = Mapping[str, Any]
PLUGIN = """
import json, os, pathlib
asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
with pathlib.Path(os.environ["TOLD"]).open("a") as told:
    told.write(json.dumps({"asked": asked, "greeting": os.environ.get("GREETING")}) + "\\n")
version = asked["apiVersion"]
given = {"token": "of-the-plugin"}
if os.environ.get("GREETING") == "certificate":
    pair = pathlib.Path(os.environ["CERT"]), pathlib.Path(os.environ["KEY"])
    given = {"clientCertificateData": pair[0].read_text(), "clientKeyData": pair[1].read_text()}
print(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": given}))
"""


ASKS = """
import json, sys
print("One-time code: ", end="", file=sys.stderr, flush=True)
status = {"token": sys.stdin.readline().strip()}
version = "client.authentication.k8s.io/v1"
print(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What is changed of a plain kubeconfig with a token; None takes a field away. `$words` are the world's."""

    user: Fields = field(default_factory=dict)
    cluster: Fields = field(default_factory=dict)
    context: Fields = field(default_factory=dict)
    whole: Fields = field(default_factory=dict)
    second: Fields = field(default_factory=dict)
    """Another file, which KUBECONFIG names after the first."""
    environment: Mapping[str, str] = field(default_factory=dict)
    chosen: str | None = None
    """By --context."""
    comes: bool = True
    """Whether a request reaches the server."""


def plugin(**fields: Any) -> Fields:
    block = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "$python",
        "args": ["-c", PLUGIN.replace("$", "$$")],
        "interactiveMode": "Never",
    }
    return {"token": None, "exec": {**block, **fields}}


def named(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {f"{kind}s": [{"name": name, kind: fields}]}


BY_NAME = {"server": f"https://{NAME}:$port"}
EXTENSION = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "us"}}]
CERTIFICATE = {"token": None, "client-certificate": "client.crt", "client-key": "client.key"}
ROWS: dict[str, Row] = {
    "token": Row(),
    "token of a file beside it": Row(user={"token": None, "tokenFile": "token"}),
    "token and a file of it": Row(user={"tokenFile": "token"}),
    "token of a file that is not there": Row(user={"token": None, "tokenFile": "gone"}, comes=False),
    "user and password": Row(user={"token": None, "username": "me", "password": "it's ok"}),
    "token, and user and password": Row(user={"username": "me", "password": "p"}, comes=False),
    "nobody": Row(user={"token": None}, comes=False),
    "no user in the context": Row(context={"user": None}, comes=False),
    "nobody, and no TLS": Row(context={"user": None}, cluster={"server": "http://127.0.0.1:$plain_port"}),
    "unknown user": Row(context={"user": "x"}, comes=False),
    "certificate of files": Row(user=CERTIFICATE),
    "certificate as data": Row(
        user={"token": None, "client-certificate-data": "$cert_data", "client-key-data": "$key_data"}
    ),
    "certificate and token": Row(user={**CERTIFICATE, "token": "t"}),
    "certificate without a key": Row(user={**CERTIFICATE, "client-key": None}, comes=False),
    "certificate of no file": Row(user={**CERTIFICATE, "client-certificate": "gone"}, comes=False),
    "impersonation": Row(user={"as": "other", "as-uid": "1", "as-groups": ["a", "b"]}),
    "impersonation with more": Row(user={"as": "other", "as-user-extra": {"reason": ["one", "two"], "a/b": ["three"]}}),
    "impersonated groups of nobody": Row(user={"as-groups": ["a"]}, comes=False),
    "plugin": Row(user=plugin()),
    "plugin of an older version": Row(user=plugin(apiVersion="client.authentication.k8s.io/v1beta1")),
    "plugin that gets variables": Row(user=plugin(env=[{"name": "GREETING", "value": "hello"}])),
    "plugin that gives a certificate": Row(user=plugin(env=[{"name": "GREETING", "value": "certificate"}])),
    "plugin that is told of the cluster": Row(
        user=plugin(provideClusterInfo=True), cluster={"extensions": EXTENSION, "tls-server-name": NAME}
    ),
    "plugin that is told the authority": Row(
        user=plugin(provideClusterInfo=True),
        cluster={"certificate-authority": None, "certificate-authority-data": "$ca_data"},
    ),
    "plugin for who sits at a terminal": Row(user=plugin(interactiveMode="Always"), comes=False),
    "plugin that may speak with people": Row(user=plugin(interactiveMode="IfAvailable")),
    "plugin beside the kubeconfig": Row(user=plugin(command="./login", args=[])),
    "plugin that is not there": Row(user=plugin(command="no-such-login", installHint="Get it."), comes=False),
    "plugin without a command": Row(user=plugin(command=None), comes=False),
    "plugin of an unknown version": Row(user=plugin(apiVersion="v7"), comes=False),
    "plugin and token": Row(user={**plugin(), "token": "t"}),
    "authority as data": Row(cluster={"certificate-authority": None, "certificate-authority-data": "$ca_data"}),
    "authority as data in lines": Row(
        cluster={"certificate-authority": None, "certificate-authority-data": "$ca_data_in_lines"}
    ),
    "authority that is another": Row(cluster={"certificate-authority": "client.crt"}, comes=False),
    "authority of no file": Row(cluster={"certificate-authority": "gone"}, comes=False),
    "authority that is none": Row(cluster={"certificate-authority": "token"}, comes=False),
    "authority that is the server's own certificate": Row(cluster={"certificate-authority": "server.crt"}),
    "no authority": Row(cluster={"certificate-authority": None}, comes=False),
    "unverified": Row(cluster={"certificate-authority": None, "insecure-skip-tls-verify": True}),
    "unverified, with an authority": Row(cluster={"insecure-skip-tls-verify": True}, comes=False),
    "another name in the certificate": Row(cluster={"tls-server-name": NAME}),
    "a name that is not in the certificate": Row(cluster={"tls-server-name": "other.lab.invalid"}, comes=False),
    "path before the API": Row(cluster={"server": "https://127.0.0.1:$port/k8s/clusters/c-1/"}),
    "server without a scheme": Row(cluster={"server": "127.0.0.1:$plain_port"}),
    "server without TLS": Row(cluster={"server": "http://127.0.0.1:$plain_port"}),
    "no server": Row(cluster={"server": None}, comes=False),
    "proxy": Row(cluster={"proxy-url": "http://127.0.0.1:$proxy_port"}),
    "proxy with a login": Row(cluster={"proxy-url": "http://me:secret@127.0.0.1:$proxy_port", **BY_NAME}),
    "proxy of another kind": Row(cluster={"proxy-url": "ftp://127.0.0.1:$proxy_port"}, comes=False),
    "proxy of the environment": Row(cluster=BY_NAME, environment={"HTTPS_PROXY": "http://127.0.0.1:$proxy_port"}),
    "proxy without a scheme": Row(cluster=BY_NAME, environment={"https_proxy": "127.0.0.1:$proxy_port"}),
    "proxy of the environment for this machine": Row(environment={"HTTPS_PROXY": "http://127.0.0.1:$proxy_port"}),
    **{
        f"proxy except {rule}": Row(
            cluster=BY_NAME, environment={"HTTPS_PROXY": "http://127.0.0.1:$proxy_port", "NO_PROXY": rule}, comes=comes
        )
        for rule, comes in {
            "lab.invalid": False,
            ".lab.invalid": False,
            "*.lab.invalid": False,
            "api.lab.invalid": False,
            ".api.lab.invalid": True,
            "*": False,
            "ab.invalid": True,
            "api.lab.invalid:$port": False,
            "api.lab.invalid:1": True,
            "10.0.0.0/8, API.lab.invalid": False,
        }.items()
    },
    "several files": Row(second={**named("user", "u", token="second"), "current-context": "x"}),
    "cluster of the second file": Row(
        whole={"clusters": []},
        second=named("cluster", "c", server="https://127.0.0.1:$port", **{"certificate-authority": "$ca"}),
    ),
    "context that is chosen": Row(
        second={
            **named("context", "other", cluster="c", user="second"),
            **named("user", "second", token="second"),
        },
        chosen="other",
    ),
    "context that nobody has": Row(chosen="x", comes=False),
    "current context that nobody has": Row(whole={"current-context": "x"}, comes=False),
    "no current context": Row(whole={"current-context": None}, comes=False),
    "current context of the second file": Row(whole={"current-context": None}, second={"current-context": "here"}),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reception]:
    with reception(tmp_path_factory.mktemp("world")) as door:
        folder = door.authority.folder
        (folder / "token").write_text("of-a-file\n")
        (folder / "login").write_text(f"#!{sys.executable}\n{PLUGIN}")
        (folder / "login").chmod(0o755)
        yield door


class Asked:
    """A row, laid out as files and variables."""

    def __init__(self, door: Reception, row: Row) -> None:
        self.door = door
        self.row = row
        self.folder = door.authority.folder
        self.told = self.folder / "told"
        self._words = {
            "port": str(door.port),
            "plain_port": str(door.plain_port),
            "proxy_port": str(door.proxy_port),
            "python": sys.executable,
            "ca": str(door.authority.pair.cert),
            "ca_data": _data(door.authority.pair.cert),
            "ca_data_in_lines": base64.encodebytes(door.authority.pair.cert.read_bytes()).decode().replace("\n", "\\n"),
            "cert_data": _data(door.client.cert),
            "key_data": _data(door.client.key),
        }
        files = [self._written("first", self._first()), *([self._written("second", row.second)] if row.second else [])]
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            **{name: self._filled(value) for name, value in row.environment.items()},
            "KUBECONFIG": os.pathsep.join(map(str, files)),
            "TOLD": str(self.told),
            "CERT": str(door.client.cert),
            "KEY": str(door.client.key),
        }

    def _first(self) -> Fields:
        cluster = {"server": "https://127.0.0.1:$port", "certificate-authority": "authority.crt", **self.row.cluster}
        whole = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            **named("context", "here", **_without_none({"cluster": "c", "user": "u", **self.row.context})),
            **named("cluster", "c", **_without_none(cluster)),
            **named("user", "u", **_without_none({"token": "t", **self.row.user})),
        }
        return _without_none({**whole, **self.row.whole})

    def _written(self, name: str, content: Fields) -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(json.loads(self._filled(json.dumps(_without_none(content))))))
        return path

    def _filled(self, text: str) -> str:
        return Template(text).safe_substitute(self._words)

    def seen(self) -> tuple[list[Visit], list[tuple[str, str]], list[Any]]:
        """What came since the last look: visits, tunnels, and what the login program was told."""
        lines = self.told.read_text().splitlines() if self.told.exists() else []
        found = [*self.door.visits], [*self.door.tunnels], [json.loads(line) for line in lines]
        self.door.visits.clear()
        self.door.tunnels.clear()
        self.told.unlink(missing_ok=True)
        return found

    def by_kubectl(self) -> str:
        """What it complains of."""
        chosen = ["--context", self.row.chosen] if self.row.chosen else []
        command = [binaries.path("kubectl"), "get", "--raw", PATH, *chosen]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        return done.stderr

    def by_us(self, monkeypatch: pytest.MonkeyPatch) -> str:
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        try:
            asyncio.run(self._request())
        except (CredentialsError, ApiError) as error:
            return str(error)
        return ""

    async def _request(self) -> None:
        async with Session(login.find(self.environment, self.row.chosen)) as session:
            await session.request("GET", PATH, target="a path")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_same_kubeconfig_leads_to_the_same_request_as_kubectls(
    door: Reception, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(door, row)
    asked.seen()
    complaint = asked.by_kubectl()
    theirs = asked.seen()
    ours_says = asked.by_us(monkeypatch)
    ours = asked.seen()
    assert bool(theirs[0]) is row.comes, complaint
    assert ours == theirs, (complaint, ours_says)


def test_login_program_speaks_with_who_sits_at_the_terminal(door: Reception, tmp_path: Path) -> None:
    asked = Asked(door, Row(user=plugin(interactiveMode="Always", args=["-c", ASKS])))
    program = Program(Path(asked.environment["KUBECONFIG"]), "team", tmp_path)
    with PseudoTerminal(program, "list") as terminal:
        terminal.wait_for(r"One-time code: ")
        terminal.type("1234")
        assert terminal.ended() == 0, terminal.text
    visits, _, _ = asked.seen()
    assert [dict(visit.headers) for visit in visits] == [{"Authorization": "Bearer 1234"}]


def _data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _without_none(fields: Fields) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }
