"""Specs that the CRD takes and specs that it refuses, with words that the refusal must hold: asked of a real API server
and of the offline check alike.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]


def service(spec: Spec, name: str = "qwen") -> dict[str, Any]:
    return {
        "apiVersion": "modelservice.io/v1alpha1",
        "kind": "ModelService",
        "metadata": {"name": name},
        "spec": spec,
    }


MODEL: Spec = {"model": "Qwen/Qwen2.5-7B-Instruct"}
REMOTE = {"engine": {"type": "remote", "remote": {"url": "https://api.example.org/v1"}}}


def with_engine(**engine: Any) -> Spec:
    return {**MODEL, "engine": engine}


def with_source(model: str, **details: Any) -> Spec:
    return {"model": model, "modelSource": details}


def with_cache(**cache: Any) -> Spec:
    return {**MODEL, "cache": cache}


def file(name: str, path: str, **content: Any) -> dict[str, Any]:
    return {"name": name, "path": path, **(content or {"content": "x"})}


GOOD = {
    "shortest": MODEL,
    "hub-id-with-revision": {"model": "org/name@refs/pr/1"},
    "hub-id-without-org": {"model": "gpt2"},
    **{f"scheme-{scheme}": {"model": f"{scheme}://org/name"} for scheme in ("hf", "modelscope", "pvc", "s3", "gs")},
    **{f"scheme-{scheme}": {"model": f"{scheme}://org/name"} for scheme in ("https", "ollama")},
    "modelscope-revision": {"model": "modelscope://org/name@v1"},
    "image-of-a-model": {"model": "oci://registry.example.org:5000/llm/qwen:1/models"},
    "file-of-a-bucket": with_source("s3://models/q4.gguf", sha256="0" * 64, credentialsSecret="keys"),
    "own-store": with_source("s3://models/a", endpoint="http://minio:9000", include=["*"], exclude=["a/*"]),
    "files-of-the-hub": with_source("org/name", include=["*.safetensors"]),
    "checked-url": with_source("https://example.org/a.gguf?x=1", sha256="0" * 64, credentialsSecret="keys"),
    "https-file": {"model": "https://example.org/a.gguf"},
    "absolute-path": {"model": "/models/tiny"},
    "remote-without-model": REMOTE,
    "engine-from-outside": with_engine(type="fast.example.org"),
    "custom": with_engine(type="custom", image="own:1", custom={"port": 8080}),
    "claim": with_cache(claimName="models"),
    "read-only-claim": with_cache(claimName="models", readOnly=True),
    "own-claim": with_cache(size="100Gi", storageClassName="fast", accessModes=["ReadWriteMany"]),
    "claim-that-is-pruned": with_cache(claimName="models", prune="Unused"),
    "read-only-claim-that-is-not": with_cache(claimName="models", readOnly=True, prune="Never"),
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
    "hub-without-name": ({"model": "hf://org/"}, "write hf://org/name or hf://org/name@revision"),
    "modelscope-without-owner": ({"model": "modelscope://name"}, "write modelscope://org/name"),
    "bucket-in-capitals": ({"model": "s3://Models/a"}, "write s3://bucket/path"),
    "google-without-bucket": ({"model": "gs:///a"}, "write gs://bucket/path"),
    "url-of-a-folder": ({"model": "https://example.org/a/"}, "a URL of one file"),
    "url-with-password": ({"model": "https://u:p@example.org/a.gguf"}, "a URL of one file"),
    "image-without-tag": ({"model": "oci://example.org/a"}, "write oci://registry/name:tag"),
    "claim-in-capitals": ({"model": "pvc://Models/a"}, "write pvc://claim/path"),
    "ollama-with-at": ({"model": "ollama://a@b"}, "write ollama://name:tag"),
    "out-of-the-bucket": ({"model": "s3://models/../a"}, "spec.model must not have . or .. in its path"),
    "out-of-the-folder": ({"model": "/models/../etc"}, "spec.model must not have . or .. in its path"),
    "token-of-the-hub": (
        with_source("org/name", credentialsSecret="keys"),
        "spec.modelSource.credentialsSecret means nothing to this model",
    ),
    "mirror-of-the-hub": (with_source("hf://org/name", endpoint="https://a"), "spec.huggingFace.endpoint"),
    "hash-of-a-repository": (with_source("org/name", sha256="0" * 64), "spec.modelSource.sha256 means nothing"),
    "choice-in-a-url": (with_source("https://h/a.gguf", include=["*"]), "spec.modelSource.include means nothing"),
    "choice-on-a-claim": (with_source("pvc://a/b", exclude=["*"]), "spec.modelSource.exclude means nothing"),
    "choice-of-a-path": (with_source("/models/a", include=["*"]), "spec.modelSource.include means nothing"),
    "hash-too-short": (with_source("s3://models/a.gguf", sha256="0"), "spec.modelSource.sha256"),
    "too-many-slashes": ({"model": "a/b/c"}, "must be a hub id such as org/name"),
    "relative-path": ({"model": "./models"}, "must be a hub id such as org/name"),
    "model-with-space": ({"model": "a b"}, "spec.model"),
    "typo": ({**MODEL, "replica": 2}, "spec.replica"),
    "typo-in-core-type": ({**MODEL, "tolerations": [{"keys": "a"}]}, "spec.tolerations[0].keys"),
    "unknown-engine": (with_engine(type="vlm"), "spec.engine.type"),
    "engine-with-a-capital": (with_engine(type="Fast.example.org"), "spec.engine.type"),
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
    "files-of-one-name": (with_engine(files=[file("a", "/a"), file("a", "/b")]), "spec.engine.files[1]"),
    "env-twice": (with_engine(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]), "spec.engine.env[1]"),
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
    "pruned-without-claim": (with_cache(prune="Unused"), "set claimName or size"),
    "pruned-folder": (with_cache(claimName="a", subPath="b", prune="Unused"), "without subPath"),
    "pruned-and-read-only": (
        with_cache(claimName="a", readOnly=True, prune="Unused"),
        "spec.cache.prune removes files",
    ),
    "pruned-for-one-pod": (
        with_cache(size="1Gi", accessModes=["ReadWriteOncePod"], prune="Unused"),
        "ReadWriteOncePod, or remove prune",
    ),
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
    "dots-in-a-name": {"model": "s3://models/a..b/.c"},
    "longest-bucket": {"model": f"s3://{'a' * 63}"},
    "hub-id-of-one-letter": {"model": "hf://a"},
    "image-by-digest": {"model": f"oci://example.org/a@sha256:{'0' * 64}"},
    "details-without-model": {**REMOTE, "modelSource": {"endpoint": "https://a"}},
    "nothing-said-of-the-source": with_source("pvc://a/b"),
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
