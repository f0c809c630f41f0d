"""Why a container does not start, in the words of a real kubelet and container runtime."""

from __future__ import annotations

from typing import Any

import pytest

from gathered import deployment, told_once
from lab import probe
from lab.client import Client
from lab.lab import Lab
from modelservice.api.status import Status

BUSY = {"Progressing", "Pending", "Starting", "Loading", "Pulling"}
OFTEN = {"periodSeconds": 1, "failureThreshold": 600}
SECRET = {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}}
TOKEN = {"huggingFace": {"tokenSecret": {"name": "hf", "key": "token"}}}


@pytest.fixture(scope="module", autouse=True)
def image(full: Lab) -> None:
    full.nodes.import_image(probe.image())


def pod(**container: Any) -> dict[str, Any]:
    engine = {
        "name": "engine",
        "image": probe.IMAGE,
        "args": ["serve", ":8080"],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **container,
    }
    return {"containers": [engine], "tolerations": probe.GPU_POOL, "terminationGracePeriodSeconds": 0}


def settled(status: Status) -> bool:
    return status.phase not in BUSY


CASES = {
    "secret missing": (
        pod(env=[SECRET]),
        TOKEN,
        "SecretMissing",
        "Secret hf does not exist. Create it, or change huggingFace.tokenSecret.",
    ),
    "config map missing": (
        pod(envFrom=[{"configMapRef": {"name": "settings"}}]),
        {"engine": {"envFrom": [{"configMapRef": {"name": "settings"}}]}},
        "ConfigMissing",
        "ConfigMap settings does not exist. Create it, or change engine.envFrom.",
    ),
    "image name that is none": (
        pod(image="Not An Image"),
        {},
        "ImagePullFailed",
        "Image Not An Image cannot be pulled: that is no image name: change engine.image.",
    ),
    "image that must not be pulled": (
        pod(image="lab.local/absent:1", imagePullPolicy="Never"),
        {},
        "ImagePullFailed",
        "Image lab.local/absent:1 cannot be pulled: the node does not have it and engine.imagePullPolicy is Never.",
    ),
    "registry out of reach": (
        pod(image="registry.invalid/vllm:1"),
        {},
        "ImagePullFailed",
        "Image registry.invalid/vllm:1 cannot be pulled: the node cannot reach the registry: check engine.image.",
    ),
    "root where it is forbidden": (
        pod(securityContext={"runAsNonRoot": True}),
        {},
        "ContainerRefused",
        "The image runs as root or as a user without number, and securityContext.runAsNonRoot forbids it. "
        "Set securityContext.runAsUser.",
    ),
    "startup probe whose program is not there": (
        pod(startupProbe={"exec": {"command": ["sh", "-c", "true"]}, **OFTEN}),
        {},
        "ContainerRefused",
        "The engine in pod {pod} runs, but its image has no program sh, which the kubelet runs to ask it. "
        "Check engine.image and engine.type.",
    ),
    "health path that is not there": (
        pod(startupProbe={"httpGet": {"path": "/file/absent", "port": 8080}, **OFTEN}),
        {"engine": {"type": "custom", "image": probe.IMAGE, "custom": {"port": 8080, "healthPath": "/file/absent"}}},
        "NotAnswering",
        "The engine in pod {pod} runs, but it answers 404 at /file/absent. Change engine.custom.healthPath to a path "
        "that answers 200 once it can serve.",
    ),
    "program that is not there": (
        pod(command=["vllm", "serve"]),
        {},
        "ContainerRefused",
        "The image has no program vllm. Check engine.image and engine.type.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_container_that_cannot_start_says_why_and_what_to_change(cluster: Client, namespace: str, case: str) -> None:
    template, spec, reason, message = CASES[case]
    cluster.create(deployment(template), namespace)
    status = told_once(cluster, namespace, settled, {"gpu": {"count": 0}, **spec})
    ready = next(found for found in status.conditions if found.type == "Ready")
    (found,) = cluster.list("Pod", namespace)
    assert (ready.reason, status.message) == (reason, message.format(pod=found["metadata"]["name"]))


def test_port_that_is_another_is_told_while_the_model_might_be_loading(cluster: Client, namespace: str) -> None:
    template = pod(startupProbe={"httpGet": {"path": "/health", "port": 9000}, **OFTEN})
    cluster.create(deployment(template), namespace)
    spec = {"gpu": {"count": 0}, "engine": {"type": "custom", "image": probe.IMAGE, "custom": {"port": 9000}}}
    status = told_once(cluster, namespace, lambda seen: "Nothing listens" in (seen.message or ""), spec)
    assert status.phase == "Loading"
    assert "port 9000 so far: engine.custom.port must be the server's." in (status.message or "")


def test_secret_without_the_key_names_the_key(cluster: Client, namespace: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf"}, "stringData": {"other": "x"}}
    cluster.create(secret, namespace)
    cluster.create(deployment(pod(env=[SECRET])), namespace)
    status = told_once(cluster, namespace, settled, {"gpu": {"count": 0}, **TOKEN})
    assert status.message == "Secret hf has no key token. Add it, or change huggingFace.tokenSecret."


def test_secret_that_is_mounted_and_missing_is_told_by_its_event(cluster: Client, namespace: str) -> None:
    template = pod(volumeMounts=[{"name": "keys", "mountPath": "/keys"}])
    template["volumes"] = [{"name": "keys", "secret": {"secretName": "absent"}}]
    cluster.create(deployment(template), namespace)
    status = told_once(cluster, namespace, settled, {"gpu": {"count": 0}})
    assert (status.phase, status.message) == (
        "NoSecret",
        "Secret absent does not exist. Create it, or change podTemplate.",
    )


def test_runtime_without_a_handler_on_the_node_is_told(cluster: Client, namespace: str) -> None:
    name = f"no-handler-{namespace}"
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": "nothing"}
    cluster.create(runtime)
    cluster.create(deployment({**pod(), "runtimeClassName": name}), namespace)
    status = told_once(cluster, namespace, settled, {"gpu": {"count": 0}})
    cluster.delete("RuntimeClass", name)
    assert status.phase == "NoRuntime"
    assert "has no handler nothing" in (status.message or "")


def test_crash_loop_tells_the_exit_and_the_last_words(cluster: Client, namespace: str) -> None:
    cluster.create(deployment(pod(args=["serve", "no-address"])), namespace)
    status = told_once(cluster, namespace, lambda status: " 2 times" in (status.message or ""), {"gpu": {"count": 0}})
    assert status.phase == "CrashLoop"
    assert "the last time with exit code 1" in (status.message or "")
    assert "no-address" in (status.message or "")
