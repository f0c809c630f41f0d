"""A remote service behind TLS and a key of its own: HAProxy in a real pod brings both, and clients keep theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines import secure_server
from engines.served import Subjects
from engines.subjects import KEY, KEY_REF, NAMESPACE, Spec
from eventually import at_last
from lab.certs import Authority
from lab.client import Manifest, condition
from node.caller import IMAGE
from node.engines import ENGINES

FAR, FAR_KEY = "far", "far-s3cret"
HOST = f"{FAR}.{NAMESPACE}.svc.cluster.local"


@pytest.fixture(scope="module")
def far(subjects: Subjects, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The service elsewhere, and the Secrets that speak of it."""
    ENGINES["remote"].bring(subjects.lab)
    authority = Authority.create(tmp_path_factory.mktemp("authority"), "far")
    pair = authority.serving("server", FAR, [HOST])
    files = {"tls.crt": pair.cert.read_text(), "tls.key": pair.key.read_text()}
    code = Path(secure_server.__file__).read_text()
    ca = {"ca.crt": authority.pair.cert.read_text()}
    manifests: list[Manifest] = [
        secret("far-tls", files),
        secret("far-key", {"key": FAR_KEY, "wrong": "another"}),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "far-ca"}, "data": ca},
        server(code),
        service(),
    ]
    for manifest in manifests:
        subjects.cluster.create(manifest, NAMESPACE)
    subjects.cluster.wait("Pod", FAR, NAMESPACE, condition("Ready"), timeout=60)


def secret(name: str, data: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def server(code: str) -> Manifest:
    container = {
        "name": "server",
        "image": IMAGE,
        "command": ["python", "-c", code],
        "env": [{"name": "KEY", "value": FAR_KEY}],
        "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1},
        "volumeMounts": [{"name": "tls", "mountPath": "/tls"}],
    }
    volume = {"name": "tls", "secret": {"secretName": "far-tls"}}
    spec = {"containers": [container], "volumes": [volume], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": FAR, "labels": {"app": FAR}}, "spec": spec}


def service() -> Manifest:
    spec = {"selector": {"app": FAR}, "ports": [{"port": 443, "targetPort": 8443}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": FAR}, "spec": spec}


def spec(key: str) -> Spec:
    mount = {"name": "ca", "mountPath": "/ca"}
    pod = {
        "volumes": [{"name": "ca", "configMap": {"name": "far-ca"}}],
        "containers": [{"name": "engine", "volumeMounts": [mount]}],
    }
    return {
        "engine": {
            "type": "remote",
            "remote": {"url": f"https://{HOST}/v1", "apiKeySecret": {"name": "far-key", "key": key}},
            "env": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}],
        },
        "auth": {"apiKeySecret": KEY_REF},
        "podTemplate": {"spec": pod},
    }


@pytest.mark.usefixtures("far")
def test_clients_keep_their_key_and_the_remote_gets_its_own(subjects: Subjects) -> None:
    subjects.serve("secure", spec("key"))
    url = subjects.serve.ready("secure")["openAIURL"]
    assert subjects.caller.chat(url, FAR, "hello", key=KEY)["text"] == f"{HOST} heard hello"
    assert subjects.caller.http(f"{url}/models", key=FAR_KEY)[0] == 401


@pytest.mark.usefixtures("far")
def test_key_that_the_remote_refuses_is_never_ready(subjects: Subjects) -> None:
    subjects.serve("refused", spec("wrong"))
    labels = "modelservice.io/name=refused"

    def running() -> list[Manifest]:
        pods = subjects.cluster.list("Pod", NAMESPACE, labels=labels)
        return [pod for pod in pods if pod["status"].get("phase") == "Running"]

    (pod,) = at_last(running, within=60)
    code, text = subjects.caller.http(f"http://{pod['status']['podIP']}:8000/health")
    assert (code, "the remote service does not answer" in text) == (503, True)
    assert subjects.serve.until("refused", lambda seen: "readyReplicas" in seen)["readyReplicas"] == 0
