"""What the schema can see is refused at once, with a sentence that names the field and the fix."""

from pathlib import Path
from typing import Any

import pytest

from lab.client import ApiError, Client

pytestmark = pytest.mark.usefixtures("crd")

CRD = Path(__file__).parents[2] / "crds" / "modelservice.yaml"
Spec = dict[str, Any]


def service(spec: Spec, name: str = "qwen") -> dict[str, Any]:
    return {
        "apiVersion": "modelservice.io/v1alpha1",
        "kind": "ModelService",
        "metadata": {"name": name},
        "spec": spec,
    }


def created(api: Client, namespace: str, spec: Spec, name: str = "qwen") -> dict[str, Any]:
    """What would be stored, or the refusal raised; nothing is."""
    return api.create(service(spec, name), namespace, dry_run=True)


MODEL: Spec = {"model": "Qwen/Qwen2.5-7B-Instruct"}
REMOTE = {"engine": {"type": "remote", "remote": {"url": "https://api.example.org/v1"}}}


def with_engine(**engine: Any) -> Spec:
    return {**MODEL, "engine": engine}


def with_cache(**cache: Any) -> Spec:
    return {**MODEL, "cache": cache}


def file(name: str, path: str, **content: Any) -> dict[str, Any]:
    return {"name": name, "path": path, **(content or {"content": "x"})}


GOOD = {
    "shortest": MODEL,
    "hub-id-with-revision": {"model": "org/name@refs/pr/1"},
    "hub-id-without-org": {"model": "gpt2"},
    **{f"scheme-{scheme}": {"model": f"{scheme}://org/name"} for scheme in ("hf", "modelscope", "pvc", "s3", "gs")},
    **{f"scheme-{scheme}": {"model": f"{scheme}://org/name"} for scheme in ("oci", "https", "ollama")},
    "https-file": {"model": "https://example.org/a.gguf"},
    "absolute-path": {"model": "/models/tiny"},
    "remote-without-model": REMOTE,
    "custom": with_engine(type="custom", image="own:1", custom={"port": 8080}),
    "claim": with_cache(claimName="models"),
    "read-only-claim": with_cache(claimName="models", readOnly=True),
    "own-claim": with_cache(size="100Gi", storageClassName="fast", accessModes=["ReadWriteMany"]),
    "own-place-without-claim": with_cache(mountPath="/root/.cache/huggingface/hub"),
    "products": {**MODEL, "gpu": {"products": ["NVIDIA-H200"]}},
    "cpu": {**MODEL, "gpu": {"count": 0}},
    "node-port": {**MODEL, "service": {"type": "NodePort", "nodePort": 30080}},
    "balancer-class": {**MODEL, "service": {"type": "LoadBalancer", "loadBalancerClass": "example.org/lb"}},
    "any-option": with_engine(options={"dtype": "half", "enforce-eager": True, "x": {"y": [1, 2.5]}}),
    "env-from-secret": with_engine(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
    "two-files": with_engine(files=[file("a", "/a"), file("b", "/b", configMapKey={"name": "c", "key": "k"})]),
    "cpu-and-memory": {**MODEL, "resources": {"requests": {"cpu": 4, "memory": "16Gi"}}},
    "other-extended-resource": {**MODEL, "resources": {"limits": {"example.org/dongle": 1}}},
    "own-labels": {**MODEL, "podTemplate": {"metadata": {"labels": {"team": "a"}}, "spec": {"hostNetwork": True}}},
}

BAD = {
    "cache-of-nothing": (with_cache(size="0Gi"), "spec.cache.size must be more than nothing"),
    "one-pod-and-shared": (
        with_cache(size="1Gi", accessModes=["ReadWriteOncePod", "ReadWriteMany"]),
        "must not have ReadWriteOncePod beside another mode",
    ),
    "folder-outside": (with_cache(claimName="hub", subPath="a/../../b"), "spec.cache.subPath must not lead out"),
    "colon-in-mount": (with_cache(claimName="hub", mountPath="/a:b"), "spec.cache.mountPath"),
    "colon-in-file": (with_engine(files=[file("a", "/a:b")]), "spec.engine.files[0].path"),
    "size-that-keeps-parsers-busy": (with_cache(size="1e-2942837160296"), "spec.cache.size"),
    "core-resource-for-gpu": (
        {**MODEL, "gpu": {"resourceName": "kubernetes.io/gpu"}},
        "spec.gpu.resourceName must be the extended resource",
    ),
    "quota-word-for-gpu": (
        {**MODEL, "gpu": {"resourceName": "requests.nvidia.com/gpu"}},
        "spec.gpu.resourceName must be the extended resource",
    ),
    "no-resource-name": ({**MODEL, "gpu": {"resourceName": "nvidia.com/.gpu"}}, "spec.gpu.resourceName"),
    "no-object-name": ({**MODEL, "serviceAccountName": "a..b"}, "spec.serviceAccountName"),
    "no-class-name": ({**MODEL, "gpu": {"runtimeClassName": "Nvidia"}}, "spec.gpu.runtimeClassName"),
    "no-secret-key": (
        {**MODEL, "auth": {"apiKeySecret": {"name": "a", "key": "..a"}}},
        "spec.auth.apiKeySecret.key",
    ),
    "no-model": ({}, "spec.model is required"),
    "unknown-scheme": ({"model": "ftp://example.org/a"}, "spec.model begins with a scheme that is not known"),
    "plain-http": ({"model": "http://example.org/a.gguf"}, "https://"),
    "too-many-slashes": ({"model": "a/b/c"}, "must be a hub id such as org/name"),
    "relative-path": ({"model": "./models"}, "must be a hub id such as org/name"),
    "model-with-space": ({"model": "a b"}, "spec.model"),
    "typo": ({**MODEL, "replica": 2}, 'unknown field "spec.replica"'),
    "typo-in-core-type": ({**MODEL, "tolerations": [{"keys": "a"}]}, 'unknown field "spec.tolerations[0].keys"'),
    "unknown-engine": (with_engine(type="vlm"), "spec.engine.type"),
    "custom-without-port": (
        with_engine(type="custom"),
        "spec.engine.custom (port, healthPath) must be set if and only",
    ),
    "custom-block-for-vllm": (with_engine(custom={"port": 1}), "spec.engine.custom (port, healthPath) must be set"),
    "remote-without-url": (with_engine(type="remote"), "spec.engine.remote (url) must be set"),
    "remote-block-for-vllm": (with_engine(remote={"url": "https://a"}), "spec.engine.remote (url) must be set"),
    "file-with-nothing": (with_engine(files=[{"name": "a", "path": "/a"}]), "either content or configMapKey"),
    "file-with-both": (
        with_engine(files=[file("a", "/a", content="x", configMapKey={"name": "c", "key": "k"})]),
        "either content or configMapKey",
    ),
    "files-at-one-path": (with_engine(files=[file("a", "/a"), file("b", "/a")]), "have the same path"),
    "files-of-one-name": (with_engine(files=[file("a", "/a"), file("a", "/b")]), "Duplicate value"),
    "env-twice": (with_engine(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]), "Duplicate value"),
    "products-without-gpus": (
        {**MODEL, "gpu": {"count": 0, "products": ["NVIDIA-H200"]}},
        "spec.gpu.products chooses among GPUs, but spec.gpu.count is 0",
    ),
    "gpu-in-limits": ({**MODEL, "resources": {"limits": {"nvidia.com/gpu": 1}}}, "set spec.gpu.count"),
    "gpu-in-requests": ({**MODEL, "resources": {"requests": {"amd.com/gpu": 1}}}, "set spec.gpu.count"),
    "mig-in-limits": ({**MODEL, "resources": {"limits": {"nvidia.com/mig-1g.10gb": 1}}}, "set spec.gpu.count"),
    "resource-without-domain": ({**MODEL, "gpu": {"resourceName": "gpu"}}, "spec.gpu.resourceName"),
    "claim-and-size": (with_cache(claimName="a", size="1Gi"), "spec.cache has both claimName and size"),
    "class-without-size": (with_cache(storageClassName="fast"), "add size, or remove"),
    "modes-without-size": (with_cache(claimName="a", accessModes=["ReadWriteMany"]), "add size, or remove"),
    "read-only-own-claim": (with_cache(size="1Gi", readOnly=True), "spec.cache.readOnly needs claimName"),
    **{
        f"cache-over-{path}": (with_cache(mountPath=path), "spec.cache.mountPath is a folder that the container needs")
        for path in ("/", "/dev", "/dev/shm", "/dev/shm/", "/etc", "/proc", "/sys", "/tmp", "/tmp/", "/usr", "/var")
    },
    "file-over-tmp": (with_engine(files=[file("a", "/tmp")]), "the path of each of spec.engine.files must be a file's"),
    "file-over-root": (with_engine(files=[file("a", "/")]), "the path of each of spec.engine.files must be a file's"),
    "size-is-no-quantity": (with_cache(size="100 GB"), "spec.cache.size"),
    "node-port-of-cluster-ip": ({**MODEL, "service": {"nodePort": 30080}}, "spec.service.nodePort needs"),
    "class-of-cluster-ip": ({**MODEL, "service": {"loadBalancerClass": "a/b"}}, "spec.service.loadBalancerClass needs"),
    "port-too-high": ({**MODEL, "service": {"port": 65536}}, "spec.service.port"),
    "percent-too-high": ({**MODEL, "serving": {"gpuMemoryPercent": 101}}, "spec.serving.gpuMemoryPercent"),
    "negative-replicas": ({**MODEL, "replicas": -1}, "spec.replicas"),
    "our-label-on-service": (
        {**MODEL, "service": {"labels": {"modelservice.io/name": "x"}}},
        "spec.service.labels must not begin with modelservice.io/",
    ),
    "our-label-on-pods": (
        {**MODEL, "podTemplate": {"metadata": {"labels": {"app.kubernetes.io/name": "x"}}}},
        "spec.podTemplate.metadata.labels must not begin with",
    ),
}

EDGES = {
    "no-runtime-class": {**MODEL, "gpu": {"runtimeClassName": ""}},
    "dots-in-folder": with_cache(claimName="hub", subPath="a..b/..c"),
    "hidden-secret-key": {**MODEL, "auth": {"apiKeySecret": {"name": "a.b", "key": ".key"}}},
    "mig-slice": {**MODEL, "gpu": {"resourceName": "nvidia.com/mig-1g.5gb"}},
    "replicas-zero": {**MODEL, "replicas": 0},
    "percent-one": {**MODEL, "serving": {"gpuMemoryPercent": 1}},
    "percent-hundred": {**MODEL, "serving": {"gpuMemoryPercent": 100}},
    "port-highest": {**MODEL, "service": {"port": 65535}},
    "startup-shortest": {**MODEL, "startupTimeoutSeconds": 10},
    "no-products-without-gpus": {**MODEL, "gpu": {"count": 0, "products": []}},
    "drain-none": {**MODEL, "drainTimeoutSeconds": 0},
}


@pytest.mark.parametrize("spec", [pytest.param(spec, id=name) for name, spec in (GOOD | EDGES).items()])
def test_good_spec_is_taken(api: Client, namespace: str, spec: Spec) -> None:
    created(api, namespace, spec)


@pytest.mark.parametrize(("spec", "sentence"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_bad_spec_is_refused_with_field_and_fix(api: Client, namespace: str, spec: Spec, sentence: str) -> None:
    with pytest.raises(ApiError) as refusal:
        created(api, namespace, spec)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("name", ["a", "a" * 53, "qwen-2-5"])
def test_name_that_a_service_can_bear_is_taken(api: Client, namespace: str, name: str) -> None:
    created(api, namespace, MODEL, name)


@pytest.mark.parametrize("name", ["a" * 54, "1qwen", "qwen.2"], ids=["too-long", "leading-digit", "dot"])
def test_name_that_no_service_can_bear_is_refused(api: Client, namespace: str, name: str) -> None:
    with pytest.raises(ApiError, match="rename the ModelService"):
        created(api, namespace, MODEL, name)


OWN_CLAIM = with_cache(size="10Gi", storageClassName="fast", accessModes=["ReadWriteOnce"])
BALANCER = {**MODEL, "service": {"type": "LoadBalancer", "loadBalancerClass": "example.org/a"}}

CHANGES_REFUSED = {
    "class-changed": (OWN_CLAIM, {"cache": {"storageClassName": "slow"}}, "spec.cache.storageClassName cannot change"),
    "class-removed": (OWN_CLAIM, {"cache": {"storageClassName": None}}, "spec.cache.storageClassName cannot change"),
    "modes-changed": (OWN_CLAIM, {"cache": {"accessModes": ["ReadWriteMany"]}}, "spec.cache.accessModes cannot change"),
    "size-shrunk": (OWN_CLAIM, {"cache": {"size": "9Gi"}}, "spec.cache.size cannot shrink"),
    "modes-removed": (OWN_CLAIM, {"cache": {"accessModes": None}}, "spec.cache.accessModes cannot change"),
    "balancer-class-changed": (
        BALANCER,
        {"service": {"loadBalancerClass": "example.org/b"}},
        "spec.service.loadBalancerClass cannot change",
    ),
}

CHANGES_TAKEN = {
    "same-size-in-another-unit": (OWN_CLAIM, {"cache": {"size": "10240Mi"}}),
    "balancer-class-gone-with-its-type": (
        BALANCER,
        {"service": {"type": "NodePort", "loadBalancerClass": None}},
    ),
    "size-grown": (OWN_CLAIM, {"cache": {"size": "0.02Ti"}}),
    "own-claim-to-users": (
        OWN_CLAIM,
        {"cache": {"size": None, "storageClassName": None, "accessModes": None, "claimName": "models"}},
    ),
    "cache-removed": (OWN_CLAIM, {"cache": None}),
    "balancer-to-cluster-ip": (BALANCER, {"service": {"type": "ClusterIP", "loadBalancerClass": None}}),
    "engine-switched": (MODEL, {"engine": {"type": "mock"}}),
}


@pytest.mark.parametrize(
    ("before", "change", "sentence"), [pytest.param(*case, id=name) for name, case in CHANGES_REFUSED.items()]
)
def test_change_that_cannot_be_carried_out_is_refused(
    api: Client, namespace: str, before: Spec, change: Spec, sentence: str
) -> None:
    api.create(service(before), namespace)
    with pytest.raises(ApiError) as refusal:
        api.patch("ModelService", "qwen", {"spec": change}, namespace)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(("before", "change"), [pytest.param(*case, id=name) for name, case in CHANGES_TAKEN.items()])
def test_change_that_can_be_carried_out_is_taken(api: Client, namespace: str, before: Spec, change: Spec) -> None:
    api.create(service(before), namespace)
    api.patch("ModelService", "qwen", {"spec": change}, namespace)


def test_free_option_is_stored_as_written(api: Client, namespace: str) -> None:
    options = {"speculative-config": {"method": "ngram", "num_speculative_tokens": 2}, "dtype": "half"}
    assert created(api, namespace, with_engine(options=options))["spec"]["engine"]["options"] == options


def test_what_was_not_said_is_not_stored(api: Client, namespace: str) -> None:
    assert created(api, namespace, MODEL)["spec"] == {
        **MODEL,
        "engine": {"type": "vllm"},
        "replicas": 1,
        "service": {"port": 8000, "sessionAffinity": "None", "type": "ClusterIP"},
        "suspend": False,
    }


def test_crd_installs_by_plain_client_side_apply(api: Client) -> None:
    assert "modelservices.modelservice.io" in api.kubectl("apply", "--dry-run=server", "-f", CRD)


def test_explain_reads_like_documentation(api: Client) -> None:
    text = " ".join(api.kubectl("explain", "modelservice.spec.gpu").split())
    assert "GPUs per replica; 0 is CPU." in text
    assert "Default: `nvidia.com/gpu`." in text
    assert "EnvVarSource" not in text
    assert "Name of the environment variable." in api.kubectl("explain", "modelservice.spec.engine.env")
