"""Requests to a real API server: bounded, fenced, and with every failure as an error of ours."""

import asyncio
import base64
import dataclasses
import json
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.client import Client
from lab.gate import Gate
from lab.lab import Lab
from modelservice.kube import errors, kubeconfig, login
from modelservice.kube.ratelimit import RateLimit
from modelservice.kube.session import Session

PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    with Gate(lab.controlplane) as gate:
        yield gate


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[Session]:
    async with Session(kubeconfig.load([gate.kubeconfig()])) as session:
        yield session


class Counting:
    """No login of its own, but it is asked once for every request that is sent."""

    asked = 0

    async def header(self) -> str | None:
        self.asked += 1
        return None

    def refused(self) -> bool:
        return False


def token(api: Client, namespace: str, seconds: int = 3600) -> str:
    """A token of the namespace's ServiceAccount."""
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    granted: str = api.http.post(path, json=request).raise_for_status().json()["status"]["token"]
    return granted


def config(api: Client, folder: Path, user: dict[str, Any]) -> Path:
    """The lab's kubeconfig with another user."""
    whole = yaml.safe_load(api.kubeconfig.read_text())
    whole["users"] = [{"name": whole["contexts"][0]["context"]["user"], "user": user}]
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(whole))
    return path


async def whoami(session: Session) -> str:
    """The user that the API server takes us for."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = await session.request("POST", path, target="who am I", body=review)
    return str(answer.json()["status"]["userInfo"]["username"])


async def test_client_certificate_logs_in(session: Session) -> None:
    assert await whoami(session) == "lab-admin"


async def test_certificate_in_the_kubeconfig_itself_logs_in(api: Client, tmp_path: Path) -> None:
    whole = yaml.safe_load(api.kubeconfig.read_text())
    for entry in (whole["users"][0]["user"], whole["clusters"][0]["cluster"]):
        for name in [name for name in entry if name in ("client-certificate", "client-key", "certificate-authority")]:
            content = (api.kubeconfig.parent / entry.pop(name)).read_bytes()
            entry[f"{name}-data"] = base64.b64encode(content).decode()
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(whole))
    async with Session(kubeconfig.load([path])) as session:
        assert await whoami(session) == "lab-admin"


async def test_token_logs_in(api: Client, namespace: str, tmp_path: Path) -> None:
    path = config(api, tmp_path, {"token": token(api, namespace)})
    async with Session(kubeconfig.load([path])) as session:
        assert await whoami(session) == f"system:serviceaccount:{namespace}:default"


async def test_pod_logs_in_by_its_service_account(api: Client, lab: Lab, namespace: str, tmp_path: Path) -> None:
    for name, text in {"token": token(api, namespace), "namespace": namespace}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "ca.crt").write_bytes(lab.controlplane.authority.pair.cert.read_bytes())
    host, port = api.url.removeprefix("https://").split(":")
    found = login.in_cluster({"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}, tmp_path)
    async with Session(found) as session:
        assert await whoami(session) == f"system:serviceaccount:{namespace}:default"
    assert found.namespace == namespace


async def test_token_that_the_server_refuses_is_read_again(api: Client, namespace: str, tmp_path: Path) -> None:
    """Kubelet replaces the file; what we read before may have ended."""
    file = tmp_path / "token"
    file.write_text("outdated")
    path = config(api, tmp_path, {"tokenFile": "token"})
    async with Session(kubeconfig.load([path])) as session:
        with pytest.raises(errors.Unauthorized):
            await whoami(session)
        file.write_text(token(api, namespace))
        assert await whoami(session) == f"system:serviceaccount:{namespace}:default"


async def test_login_program_is_run_when_needed_and_again_when_refused(
    api: Client, namespace: str, tmp_path: Path
) -> None:
    program, runs = tmp_path / "plugin", tmp_path / "runs"
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    given = tmp_path / "given"
    program.write_text(f'#!/bin/sh\necho "$KUBERNETES_EXEC_INFO $GREETING $1" >> {runs}\ncat {given}\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    plugin = {"apiVersion": credential["apiVersion"], "command": "./plugin", "args": ["now"]}
    path = config(api, tmp_path, {"exec": {**plugin, "env": [{"name": "GREETING", "value": "hello"}]}})
    async with Session(kubeconfig.load([path])) as session:
        given.write_text(json.dumps({**credential, "status": {"token": token(api, namespace)}}))
        for _ in range(3):
            assert await whoami(session) == f"system:serviceaccount:{namespace}:default"
        ran = runs.read_text().splitlines()
        assert len(ran) == 1
        assert ran[0].endswith("hello now")
        assert json.loads(ran[0].split(" hello")[0])["kind"] == "ExecCredential"
        session.credentials.authorization.refused()
        assert await whoami(session) == f"system:serviceaccount:{namespace}:default"
        assert len(runs.read_text().splitlines()) == 2


async def test_login_program_may_give_a_certificate(api: Client, lab: Lab, tmp_path: Path) -> None:
    pair = lab.controlplane.authority.client("by-plugin", "by-plugin")
    status = {"clientCertificateData": pair.cert.read_text(), "clientKeyData": pair.key.read_text()}
    version = "client.authentication.k8s.io/v1"
    given = tmp_path / "given"
    given.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}))
    path = config(api, tmp_path, {"exec": {"apiVersion": version, "command": "cat", "args": [str(given)]}})
    async with Session(kubeconfig.load([path])) as session:
        assert await whoami(session) == "by-plugin"


async def test_login_program_that_fails_says_so_in_the_error(api: Client, tmp_path: Path) -> None:
    broken = {"command": "sh", "args": ["-c", "echo 'session is over: run corp login' >&2; exit 1"]}
    path = config(api, tmp_path, {"exec": {"apiVersion": "client.authentication.k8s.io/v1", **broken}})
    async with Session(kubeconfig.load([path])) as session:
        with pytest.raises(errors.Unauthorized, match=r"^who am I: login program sh failed: session is over: run corp"):
            await whoami(session)


async def test_requests_are_counted_by_method_and_code(api: Client) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    credentials = kubeconfig.load([api.kubeconfig])
    async with Session(credentials, on_request=lambda method, code: counted.update([(method, code)])) as session:
        await session.request("GET", PODS, target="pods")
        with pytest.raises(errors.NotFound):
            await session.request("GET", f"{PODS}/none", target="Pod none")
        async with session.stream(PODS, target="pods", params={"watch": "true"}, silence=5):
            assert counted == {("GET", "200"): 2, ("GET", "404"): 1}, "a stream counts when it opens"
    assert counted == {("GET", "200"): 2, ("GET", "404"): 1}


async def test_server_that_is_away_is_a_transient_error_and_counted(gate: Gate) -> None:
    counted: list[tuple[str, str]] = []
    credentials = kubeconfig.load([gate.kubeconfig()])
    async with Session(credentials, on_request=lambda *request: counted.append(request)) as session:
        gate.refuse()
        with pytest.raises(errors.Transient, match=r"^pods: no answer from the API server: "):
            await session.request("GET", PODS, target="pods")
        gate.heal()
        await session.request("GET", PODS, target="pods")
    assert counted == [("GET", "<error>"), ("GET", "200")]


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_overload_is_transient_and_says_how_long_to_wait(gated: Session, gate: Gate, code: int) -> None:
    gate.answer(code, retry_after=7)
    with pytest.raises(errors.Transient) as caught:
        await gated.request("GET", PODS, target="pods")
    assert (caught.value.code, caught.value.retry_after) == (code, 7)


async def test_connections_are_bounded_and_streams_do_not_count(gate: Gate) -> None:
    credentials = kubeconfig.load([gate.kubeconfig()])
    counting = Counting()
    watch = {"watch": "true"}
    async with (
        Session(dataclasses.replace(credentials, authorization=counting), pool=2) as session,
        session.stream(PODS, target="pods", params=watch, silence=30),
    ):
        gate.freeze()
        counting.asked = 0
        requests = [asyncio.create_task(session.request("GET", PODS, target="pods")) for _ in range(6)]
        for _ in range(100):
            await asyncio.sleep(0)
        assert counting.asked == 2
        gate.heal()
        assert [(await request).code for request in requests] == [200] * 6
        assert counting.asked == 6


async def test_cancelled_request_gives_its_turn_back(gated: Session, gate: Gate) -> None:
    async with Session(gated.credentials, pool=1) as session:
        gate.freeze()
        hanging = asyncio.create_task(session.request("GET", PODS, target="pods"))
        waiting = asyncio.create_task(session.request("GET", PODS, target="pods"))
        await asyncio.sleep(0)
        hanging.cancel()
        await asyncio.wait([hanging])
        gate.heal()
        assert (await asyncio.wait_for(waiting, 10)).code == 200


async def test_fence_that_falls_while_a_write_waits_for_its_turn_stops_it(gated: Session, gate: Gate) -> None:
    """The check comes after every wait."""
    up = True
    event = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    path = "/api/v1/namespaces/default/configmaps"
    async with Session(gated.credentials, pool=1, fence=lambda: up) as session:
        gate.freeze()
        first = asyncio.create_task(session.request("GET", PODS, target="pods"))
        write = asyncio.create_task(session.request("POST", path, target="x", body=event))
        await asyncio.sleep(0)
        up = False
        gate.heal()
        await first
        with pytest.raises(errors.LostLease):
            await write
        assert (await session.request("GET", PODS, target="pods")).code == 200, "reads go on"
    assert not [request for request in gate.seen if request.writes]


async def test_rate_is_limited_after_the_burst(api: Client) -> None:
    loop = asyncio.get_running_loop()
    async with Session(kubeconfig.load([api.kubeconfig]), rate=RateLimit(per_second=20, burst=5)) as session:
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for _ in range(15):
                group.create_task(session.request("GET", PODS, target="pods", params={"limit": "1"}))
        assert loop.time() - began >= 0.5


async def test_stream_gives_bytes_as_they_come(session: Session, api: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    async with session.stream(path, target="x", params={"watch": "true"}, silence=10) as stream:
        await stream.read()
        api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": namespace}})
        read = b""
        while b"new" not in read:
            read += await stream.read()


async def test_stream_that_is_silent_for_too_long_is_transient(session: Session, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    async with session.stream(path, target="pods", params={"watch": "true"}, silence=0.2) as stream:
        with pytest.raises(errors.Transient, match="in time"):
            await stream.read()


async def test_list_comes_in_pages_of_one_moment(session: Session, api: Client, namespace: str) -> None:
    for n in range(5):
        metadata = {"name": f"c{n}", "namespace": namespace, "labels": {"paged": "yes"}}
        api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    pages = []
    async for page in session.pages(path, target="x", params={"labelSelector": "paged"}, limit=2):
        pages.append([item["metadata"]["name"] for item in page["items"]])
        api.delete("configmaps", "c4", namespace) if len(pages) == 1 else None
    assert pages == [["c0", "c1"], ["c2", "c3"], ["c4"]]


async def test_kept_connection_that_broke_is_opened_anew_for_a_read(gated: Session, gate: Gate) -> None:
    for _ in range(5):
        await gated.request("GET", PODS, target="pods")
        gate.tear()
    assert (await gated.request("GET", PODS, target="pods")).code == 200
