"""The gate in front of the API server: transparent until it is told to misbehave."""

import json
import socket
import threading
from collections.abc import Iterator
from queue import Empty, Queue
from urllib.parse import urlsplit

import httpx
import pytest

from lab.client import ApiError, Client
from lab.gate import Gate
from lab.lab import Lab


@pytest.fixture(scope="module")
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
def through(gate: Gate) -> Iterator[Client]:
    """A client behind the gate."""
    gate.seen.clear()
    with Client(gate.kubeconfig()) as client:
        client.http.timeout = httpx.Timeout(2)
        yield client
    gate.heal()


class Watch:
    """A watch of a namespace's ConfigMaps, read in a thread; `None` says that it broke."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.names: Queue[str | None] = Queue()
        self._path = f"/api/v1/namespaces/{namespace}/configmaps?watch=true"
        self._client = client
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            with self._client.http.stream("GET", self._path, timeout=60) as answer:
                for line in answer.iter_lines():
                    self.names.put(json.loads(line)["object"]["metadata"]["name"])
        except httpx.TransportError:
            self.names.put(None)


def configmap(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_gate_passes_the_clients_own_rights(gate: Gate, lab: Lab, through: Client) -> None:
    who = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {"name": ""}}
    user = through.create(who)["status"]["userInfo"]
    assert user["username"] == "lab-admin"
    assert "system:masters" in user["groups"]
    stranger = lab.controlplane.authority.client("stranger", "stranger")
    with Client(gate.kubeconfig(stranger)) as client, pytest.raises(ApiError, match="pods is forbidden: User"):
        client.list("Pod", "default")


def test_gate_counts_what_came(gate: Gate, through: Client, namespace: str) -> None:
    through.create(configmap("one"), namespace)
    through.get("ConfigMap", "one", namespace)
    assert [request.path for request in gate.seen if request.writes] == [f"/api/v1/namespaces/{namespace}/configmaps"]


@pytest.mark.parametrize(("code", "reason"), [(429, "TooManyRequests"), (500, "InternalError")], ids=["429", "500"])
def test_gate_answers_instead_of_the_api_server(
    gate: Gate, through: Client, namespace: str, code: int, reason: str
) -> None:
    through.create(configmap("one"), namespace)
    gate.answer(code, to=lambda request: request.writes, retry_after=1)
    with pytest.raises(ApiError) as refused:
        through.create(configmap("two"), namespace)
    assert (refused.value.code, refused.value.reason) == (code, reason)
    assert through.find("ConfigMap", "two", namespace) is None
    gate.heal()
    through.create(configmap("two"), namespace)


def test_torn_watch_breaks_at_once_and_a_new_one_works(gate: Gate, through: Client, namespace: str) -> None:
    watch = Watch(through, namespace)
    assert watch.names.get(timeout=5) == "kube-root-ca.crt"
    gate.tear()
    assert watch.names.get(timeout=5) is None
    assert Watch(through, namespace).names.get(timeout=5) == "kube-root-ca.crt"


def test_frozen_gate_says_nothing_and_loses_nothing(gate: Gate, through: Client, api: Client, namespace: str) -> None:
    watch = Watch(through, namespace)
    assert watch.names.get(timeout=5) == "kube-root-ca.crt"
    gate.freeze()
    api.create(configmap("meanwhile"), namespace)
    with pytest.raises(Empty):
        watch.names.get(timeout=1)
    with pytest.raises(httpx.TimeoutException):
        through.http.get("/version")
    gate.heal()
    assert watch.names.get(timeout=5) == "meanwhile"


def test_gate_closes_while_it_is_frozen(lab: Lab) -> None:
    with Gate(lab.controlplane) as gate:
        gate.freeze()
        with Client(gate.kubeconfig()) as client, pytest.raises(httpx.TimeoutException):
            client.http.get("/version", timeout=0.5)


def test_refusing_gate_heals_on_the_same_port(gate: Gate, through: Client) -> None:
    gate.refuse()
    with pytest.raises(httpx.TransportError):
        through.http.get("/version")
    gate.heal()
    assert through.http.get("/version").json()["gitVersion"] == "v1.36.3"


def test_refusing_gate_keeps_its_port(gate: Gate, through: Client) -> None:
    gate.refuse()
    where = urlsplit(gate.url)
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind((where.hostname, where.port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((where.hostname, where.port))
    gate.heal()
    assert through.http.get("/version").is_success


def test_dead_api_server_breaks_the_clients_watch(through: Client, lab: Lab, namespace: str) -> None:
    watch = Watch(through, namespace)
    assert watch.names.get(timeout=5) == "kube-root-ca.crt"
    lab.controlplane.apiserver.kill()
    try:
        assert watch.names.get(timeout=5) is None
    finally:
        lab.controlplane.apiserver.restart()
        lab.controlplane.wait_ready(30)
