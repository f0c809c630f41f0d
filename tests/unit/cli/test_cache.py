"""Who uses what lies in a cache, and the pod that goes to look."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from modelservice.api.config import OperatorConfig
from modelservice.api.spec import ModelServiceSpec
from modelservice.cli.cache.errand import Errand, beside, manifest
from modelservice.cli.cache.uses import unused, users, uses
from modelservice.cli.commands.cache import hub_access, meant
from modelservice.render.locate import located
from rendering.passes import body

CONFIG = OperatorConfig()
HUB = "models--org--model"
ON_MODELS = {"cache": {"claimName": "models"}}


def used(*services: dict[str, Any], revisions: tuple[dict[str, Any], ...] = (), folder: str = HUB) -> tuple[str, ...]:
    return users(uses(services, revisions, CONFIG), "models", folder)


USED = {
    "the claim that is named": (ON_MODELS, HUB, ("qwen",)),
    "another claim": ({"cache": {"claimName": "others"}}, HUB, ()),
    "another model": ({**ON_MODELS, "model": "org/other"}, HUB, ()),
    "any revision of it": ({**ON_MODELS, "model": "org/model@v2"}, HUB, ("qwen",)),
    "stopped, and to come back": ({**ON_MODELS, "suspend": True}, HUB, ("qwen",)),
    "an adapter": (
        {**ON_MODELS, "serving": {"loraAdapters": [{"name": "a", "model": "org/a"}]}},
        "models--org--a",
        ("qwen",),
    ),
    "by its place": ({"model": "pvc://models/weights/qwen"}, "weights", ("qwen",)),
    "the whole claim": ({"model": "pvc://models"}, "anything", ("qwen",)),
    "below a folder of the claim": ({"cache": {"claimName": "models", "subPath": "team/hub"}}, "team", ("qwen",)),
}


@pytest.mark.parametrize(("spec", "folder", "services"), USED.values(), ids=USED.keys())
def test_model_is_used_by_whoever_names_it(spec: dict[str, Any], folder: str, services: tuple[str, ...]) -> None:
    assert used(body(spec), folder=folder) == services


def test_claim_of_the_operator_is_the_services_own() -> None:
    assert [use.claim for use in uses([body({"cache": {"size": "1Gi"}})], (), CONFIG)] == ["qwen-cache"]


def test_model_of_a_revision_that_may_come_back_is_used() -> None:
    old = {
        "metadata": {"name": "qwen-old", "labels": {"modelservice.io/name": "qwen"}},
        "revision": 1,
        "data": {"inputs": {"spec": {**ON_MODELS, "model": "org/model"}}},
    }
    assert used(body({**ON_MODELS, "model": "org/new"}), revisions=(old,)) == ("qwen",)


UNUSED = {
    "all": (({"cache": {"claimName": "others"}},), ("hf://org/model@v1", "hf://org/model@v2")),
    "what is not named": (({**ON_MODELS, "model": "org/model@v2"},), ("hf://org/model@v1",)),
    "nothing of what is named by its place": (({"model": f"pvc://models/{HUB}/snapshots/abc"},), ()),
    "nothing where a folder of the claim is a cache": (({"cache": {"claimName": "models", "subPath": HUB}},), ()),
}


@pytest.mark.parametrize(("specs", "left"), UNUSED.values(), ids=UNUSED.keys())
def test_revision_that_nobody_names_is_unused(specs: tuple[dict[str, Any], ...], left: tuple[str, ...]) -> None:
    loaded = ("hf://org/model@v2", "hf://org/model@v1")
    assert unused(uses(map(body, specs), (), CONFIG), "models", HUB, loaded) == left


def running(claim: str, **spec: Any) -> dict[str, Any]:
    volume = {"name": "cache", "persistentVolumeClaim": {"claimName": claim}}
    return {
        "metadata": {"name": "x", "uid": "u"},
        "spec": {"nodeName": "gpu-1", "volumes": [volume], **spec},
        "status": {"phase": "Running"},
    }


def test_pod_goes_where_the_claim_is_mounted_as_whoever_writes_there() -> None:
    users_pod = running("models", securityContext={"runAsUser": 1000, "fsGroup": 1000})
    found = beside([running("others"), users_pod], "models")
    spec = manifest("look", Errand("loader:1", "models", ("list",), read_only=True), found)["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/hostname": "gpu-1"}
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["fsGroup"]) == (1000, 1000)
    assert spec["containers"][0]["volumeMounts"] == [{"name": "cache", "mountPath": "/cache", "readOnly": True}]
    assert spec["automountServiceAccountToken"] is False


def test_pod_that_warms_from_a_store_has_its_credentials() -> None:
    pod = manifest("warm", Errand("loader:1", "models", ("fetch",), secret="bucket"), None)
    [container] = pod["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "bucket"}}]


def test_pod_that_warms_trusts_what_the_operators_configuration_does() -> None:
    pod = manifest("warm", Errand("loader:1", "models", ("fetch",), certificates="PEM"), None)
    [container] = pod["spec"]["containers"]
    [mount] = [mount for mount in container["volumeMounts"] if mount["name"] == "ca"]
    told = {item["name"]: item["value"] for item in container["env"]}
    assert told["SSL_CERT_FILE"] == told["REQUESTS_CA_BUNDLE"] == mount["mountPath"]
    assert {"name": "ca", "configMap": {"name": "warm"}} in pod["spec"]["volumes"]


@pytest.mark.parametrize(
    "model",
    ["s3://bucket/llama", "gs://bucket/q4.gguf", "modelscope://org/name", "https://h.example/q4.gguf", "org/name"],
)
def test_model_is_warmed_where_its_service_will_look(model: str) -> None:
    endpoint = None if model.startswith("https") else "https://store.example.org"
    details = {"endpoint": endpoint} if endpoint and "://" in model else {}
    [service] = located(ModelServiceSpec.model_validate({"model": model, "modelSource": details}))[0]
    told = argparse.Namespace(model=model, action="warm", credentials_secret=None, endpoint=endpoint)
    assert meant(told) == service.fetch


def test_pod_on_a_claim_that_nobody_uses_runs_anywhere() -> None:
    spec = manifest("look", Errand("loader:1", "models", ("list",)), beside([running("others")], "models"))["spec"]
    assert "nodeSelector" not in spec


def test_hub_is_reached_as_a_service_would_reach_it_unless_it_is_said_otherwise() -> None:
    operators = {"endpoint": "https://mirror", "tokenSecret": {"name": "hub", "key": "token"}}

    def access(**said: str) -> dict[str, Any]:
        told = argparse.Namespace(**{"endpoint": None, "token_secret": None, **said})
        return {
            one["name"]: one.get("value") or one["valueFrom"]["secretKeyRef"] for one in hub_access(operators, told)
        }

    assert access() == {"HF_ENDPOINT": "https://mirror", "HF_TOKEN": {"name": "hub", "key": "token"}}
    assert access(endpoint="http://mine", token_secret="own/key") == {
        "HF_ENDPOINT": "http://mine",
        "HF_TOKEN": {"name": "own", "key": "key"},
    }
