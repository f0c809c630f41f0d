"""Whatever way a kubeconfig gives credentials, the client comes in as that user."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.certs import Pair
from lab.client import Client
from lab.errors import LabError
from lab.lab import Lab

Config = dict[str, Any]


@pytest.fixture
def config(lab: Lab) -> Config:
    """The administrator's kubeconfig, with its one user taken out."""
    config: Config = yaml.safe_load(lab.kubeconfig.read_text())
    config["users"][0]["user"] = {}
    return config


@pytest.fixture
def pair(lab: Lab) -> Pair:
    return lab.controlplane.authority.client("tester", "tester", ("system:masters",))


@pytest.fixture
def user_of(config: Config, tmp_path: Path) -> Callable[[Config], str]:
    """Whom the API server takes a client for, that has these credentials in its kubeconfig."""

    def ask(credentials: Config) -> str:
        config["users"][0]["user"] = credentials
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(config))
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {"name": ""}}
        with Client(path) as client:
            name: str = client.create(review)["status"]["userInfo"]["username"]
        return name

    return ask


@pytest.fixture
def token(api: Client, namespace: str) -> str:
    return api.kubectl("create", "token", "default", "-n", namespace).strip()


def data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_certificate_is_taken_from_the_file_beside(
    user_of: Callable[[Config], str], pair: Pair, tmp_path: Path
) -> None:
    (tmp_path / "cert").write_bytes(pair.cert.read_bytes())
    (tmp_path / "key").write_bytes(pair.key.read_bytes())
    assert user_of({"client-certificate": "cert", "client-key": "key"}) == "tester"


def test_certificate_is_taken_from_the_kubeconfig_itself(user_of: Callable[[Config], str], pair: Pair) -> None:
    credentials = {"client-certificate-data": data(pair.cert), "client-key-data": data(pair.key)}
    assert user_of(credentials) == "tester"


def test_token_is_taken_from_either_place(
    user_of: Callable[[Config], str], token: str, namespace: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{token}\n")
    account = f"system:serviceaccount:{namespace}:default"
    assert user_of({"token": token}) == account
    assert user_of({"tokenFile": "token"}) == account


def test_login_plugin_is_run(user_of: Callable[[Config], str], token: str, namespace: str) -> None:
    answer = {"status": {"token": token}}
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "echo", "args": [json.dumps(answer)]}
    assert user_of({"exec": plugin}) == f"system:serviceaccount:{namespace}:default"


def test_kubeconfig_without_a_context_is_refused_with_the_way_out(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config | {"current-context": ""}))
    with pytest.raises(LabError, match="has no current context: `kubectl config use-context NAME` sets it"):
        Client(path)
