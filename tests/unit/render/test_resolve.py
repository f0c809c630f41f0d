"""What a pod takes from outside its spec, as today's configuration and cluster have it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelservice.api.config import load_config
from modelservice.facts.cluster import ClusterFacts
from modelservice.render.resolve import in_registry, resolve
from modelservice.render.resolved import Resolved
from rendering.passes import service

WITH_NVIDIA = ClusterFacts(runtime_classes=frozenset({"nvidia", "kata"}))


def resolved(spec: str = "", config: str = "", cluster: ClusterFacts = WITH_NVIDIA) -> Resolved:
    return resolve(service(yaml.safe_load(spec) or {}).spec, load_config(config), cluster)


@pytest.mark.parametrize(
    ("spec", "config", "image", "version"),
    [
        pytest.param("", "", "vllm/vllm-openai:v0.32.0", "0.32.0", id="the engine's own"),
        pytest.param(
            "", "engines: {vllm: {version: 0.31.0}}", "vllm/vllm-openai:v0.31.0", "0.31.0", id="configured version"
        ),
        pytest.param(
            "engine: {version: 0.30.0}",
            "engines: {vllm: {version: 0.31.0}}",
            "vllm/vllm-openai:v0.30.0",
            "0.30.0",
            id="own version",
        ),
        pytest.param("", "engines: {vllm: {image: in.house/v}}", "in.house/v:v0.32.0", "0.32.0", id="configured image"),
        pytest.param("engine: {image: mine:1}", "", "mine:1", "", id="own image is of unknown version"),
        pytest.param(
            "engine: {image: mine:1, version: 0.30.0}", "", "mine:1", "0.30.0", id="own image of known version"
        ),
        pytest.param(
            "", "registry: mirror.local:5000", "mirror.local:5000/vllm/vllm-openai:v0.32.0", "0.32.0", id="registry"
        ),
        pytest.param(
            "engine: {image: mine:1}", "registry: mirror.local", "mine:1", "", id="an own image stays where it is"
        ),
    ],
)
def test_image_and_version(spec: str, config: str, image: str, version: str) -> None:
    result = resolved(spec, config)
    assert (result.image, result.version) == (image, version)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("vllm/vllm-openai:v1", "r/vllm/vllm-openai:v1"),
        ("docker.io/vllm/v:1", "r/vllm/v:1"),
        ("host:5000/v:1", "r/v:1"),
        ("localhost/v:1", "r/v:1"),
        ("busybox:1", "r/busybox:1"),
    ],
)
def test_registry_replaces_the_host_alone(image: str, expected: str) -> None:
    assert in_registry(image, "r/") == expected


@pytest.mark.parametrize(
    ("spec", "gpus"),
    [
        pytest.param("", 1, id="by engine"),
        pytest.param("engine: {type: mock}", 0, id="by another engine"),
        pytest.param("gpu: {count: 4}", 4, id="said"),
        pytest.param("gpu: {count: 0}", 0, id="said as none"),
    ],
)
def test_gpus(spec: str, gpus: int) -> None:
    assert resolved(spec).gpus == gpus


@pytest.mark.parametrize(
    ("spec", "config", "cluster", "expected"),
    [
        pytest.param("", "", WITH_NVIDIA, "nvidia", id="where the cluster has it"),
        pytest.param("", "", ClusterFacts(runtime_classes=frozenset()), "", id="where it has not"),
        pytest.param("", "", ClusterFacts(), "", id="where nobody may look"),
        pytest.param("", "runtimeClassName: nvidia-cdi", ClusterFacts(), "nvidia-cdi", id="configured"),
        pytest.param("", 'runtimeClassName: ""', WITH_NVIDIA, "", id="configured as none"),
        pytest.param("gpu: {runtimeClassName: mine}", "runtimeClassName: x", WITH_NVIDIA, "mine", id="said"),
        pytest.param('gpu: {runtimeClassName: ""}', "", WITH_NVIDIA, "", id="said as none"),
        pytest.param("gpu: {count: 0}", "runtimeClassName: x", WITH_NVIDIA, "", id="no GPU"),
        pytest.param("gpu: {count: 0, runtimeClassName: kata}", "", WITH_NVIDIA, "kata", id="said without GPU"),
        pytest.param("gpu: {resourceName: amd.com/gpu}", "runtimeClassName: x", WITH_NVIDIA, "", id="another vendor"),
        pytest.param("gpu: {resourceName: nvidia.com/mig-1g.5gb}", "", WITH_NVIDIA, "nvidia", id="a slice of NVIDIA's"),
    ],
)
def test_runtime_class(spec: str, config: str, cluster: ClusterFacts, expected: str) -> None:
    assert resolved(spec, config, cluster).runtime_class == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param("", {}, id="none"),
        pytest.param("proxy: {noProxy: x}", {}, id="exceptions without a proxy say nothing"),
        pytest.param(
            "proxy: {http: 'http://p', https: 'http://s', noProxy: 'a, .svc'}\nclusterDomain: corp",
            {"HTTP_PROXY": "http://p", "HTTPS_PROXY": "http://s", "NO_PROXY": "a,.svc,localhost,127.0.0.1,.corp"},
            id="the cluster is called directly",
        ),
    ],
)
def test_proxies(config: str, expected: dict[str, Any]) -> None:
    assert resolved(config=config).environment == expected


def test_defaults_of_the_platform_count_as_said() -> None:
    assert resolved(config="defaults: {gpu: {count: 2}, engine: {version: 0.31.0}}").gpus == 2


def test_defaults_that_no_pod_sees_are_not_resolved() -> None:
    config = "defaults: {nodeSelector: {a: b}, rollout: {strategy: Surge}, cache: {size: 1Gi, storageClassName: fast}}"
    assert resolved(config=config).defaults == {"nodeSelector": {"a": "b"}, "cache": {"size": "1Gi"}}
