"""What vLLM's container has besides its command line: image, environment, files, user."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines import vllm_closing, vllm_guard
from modelservice.engines.catalogue import engine

VLLM = engine(EngineType.VLLM)
AUTH = "auth: {apiKeySecret: {name: keys, key: qwen}}"

IMAGES = {
    "NVIDIA": (1, "nvidia.com/gpu", None, "vllm/vllm-openai:v0.32.0"),
    "slice of a GPU": (1, "nvidia.com/mig-1g.10gb", None, "vllm/vllm-openai:v0.32.0"),
    "AMD": (1, "amd.com/gpu", None, "vllm/vllm-openai-rocm:v0.32.0"),
    "CPU": (0, "nvidia.com/gpu", None, "vllm/vllm-openai-cpu:v0.32.0"),
    "own repository": (1, "nvidia.com/gpu", "in.house/vllm", "in.house/vllm:v0.32.0"),
}


@pytest.mark.parametrize(("gpus", "resource", "repository", "image"), IMAGES.values(), ids=IMAGES)
def test_image_is_that_of_the_accelerator(gpus: int, resource: str, repository: str | None, image: str) -> None:
    assert VLLM.image("0.32.0", gpus, resource, repository) == image
    assert VLLM.image("v0.32.0", gpus, resource, repository) == image


def test_tag_of_a_moving_image_is_taken_as_it_is() -> None:
    assert VLLM.image("nightly", 1, "nvidia.com/gpu") == "vllm/vllm-openai:nightly"


def test_telemetry_is_off() -> None:
    env = plain(VLLM.launch(ask()).env)
    assert (env["VLLM_NO_USAGE_STATS"], env["DO_NOT_TRACK"]) == ("1", "1")


def test_token_comes_from_the_secret_under_both_names() -> None:
    env = VLLM.launch(ask("huggingFace: {tokenSecret: {name: hf, key: token}}")).env
    secret = {"secretKeyRef": {"name": "hf", "key": "token"}}
    assert list(env[:2]) == [
        {"name": "HF_TOKEN", "valueFrom": secret},
        {"name": "HUGGING_FACE_HUB_TOKEN", "valueFrom": secret},
    ]


def test_mirror_and_offline_are_environment() -> None:
    env = plain(VLLM.launch(ask("huggingFace: {endpoint: https://hf-mirror.com}", offline=True)).env)
    assert (env["HF_ENDPOINT"], env["HF_HUB_OFFLINE"]) == ("https://hf-mirror.com", "1")


def test_api_key_comes_from_the_secret_and_the_guard_with_it() -> None:
    launch = VLLM.launch(ask(AUTH))
    assert {"name": "VLLM_API_KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "qwen"}}} in launch.env
    files = {file.path: file.content for file in launch.files}
    assert files["/etc/modelservice/python/vllm_guard.py"] == Path(vllm_guard.__file__).read_text()
    assert "--api-key" not in launch.args


def test_without_a_key_there_is_no_guard_but_connections_are_closed() -> None:
    launch = VLLM.launch(ask())
    (file,) = launch.files
    assert file.path == "/etc/modelservice/python/vllm_closing.py"
    assert file.content == Path(vllm_closing.__file__).read_text()
    assert plain(launch.env)["PYTHONPATH"] == "/etc/modelservice/python"
    assert "VLLM_API_KEY" not in plain(launch.env)


def test_own_pythonpath_must_hold_our_folder() -> None:
    bad = "engine: {env: [{name: PYTHONPATH, value: /mine}]}"
    (finding,) = VLLM.check(ask(bad))
    assert told((finding,)) == [("InvalidSpec", "engine.env", True)]
    assert "write `/etc/modelservice/python:/mine`" in finding.message
    good = bad.replace("/mine", "'/etc/modelservice/python:/mine'")
    assert VLLM.check(ask(good)) == ()


def test_template_text_is_a_file() -> None:
    file = VLLM.launch(ask("serving: {chatTemplate: '{{ a }}'}")).files[0]
    assert (file.path, file.content) == ("/etc/modelservice/chat-template.jinja", "{{ a }}")


def test_template_path_is_no_file() -> None:
    assert "/t.jinja" not in [file.path for file in VLLM.launch(ask("serving: {chatTemplate: /t.jinja}")).files]


CPU = {
    "no limit": ("", "4"),
    "large limit": ("resources: {limits: {memory: 64Gi}}", "4"),
    "a quarter of the limit": ("resources: {limits: {memory: 8Gi}}", "2"),
    "small limit": ("resources: {limits: {memory: 1500M}}", "1"),
    "own size": ("engine: {options: {kv-cache-memory-bytes: 32M}}", None),
    "own share": ("engine: {args: [--gpu-memory-utilization=0.3]}", None),
    "own share by its alias": ("engine: {args: [--device-memory-utilization=0.3]}", None),
    "percent": ("serving: {gpuMemoryPercent: 30}", None),
}


@pytest.mark.parametrize(("text", "gib"), CPU.values(), ids=CPU)
def test_cpu_is_told_how_large_its_cache_may_be(text: str, gib: str | None) -> None:
    assert plain(VLLM.launch(ask(text, gpus=0)).env).get("VLLM_CPU_KVCACHE_SPACE") == gib


def test_gpu_is_not() -> None:
    assert "VLLM_CPU_KVCACHE_SPACE" not in plain(VLLM.launch(ask(gpus=1)).env)


NON_ROOT = {
    "NVIDIA": ("", 1, "0.32.0", "nvidia.com/gpu", 2000),
    "older": ("", 1, "0.20.0", "nvidia.com/gpu", None),
    "unknown version": ("", 1, None, "nvidia.com/gpu", None),
    "own image": ("engine: {image: 'mine:1'}", 1, "0.32.0", "nvidia.com/gpu", None),
    "CPU": ("", 0, "0.32.0", "nvidia.com/gpu", None),
    "AMD": ("", 1, "0.32.0", "amd.com/gpu", None),
}


@pytest.mark.parametrize(("text", "gpus", "version", "resource", "user"), NON_ROOT.values(), ids=NON_ROOT)
def test_non_root_only_where_it_is_proven(
    text: str, gpus: int, version: str | None, resource: str, user: int | None
) -> None:
    assert VLLM.launch(ask(text, gpus, version, resource_name=resource)).non_root == user


def test_routes_and_caches_are_vllms() -> None:
    launch = VLLM.launch(ask())
    assert (launch.startup_path, launch.ready_path, launch.live_path) == ("/health", "/health", "/health")
    assert (launch.metrics_path, launch.open_ai_path) == ("/metrics", "/v1")
    assert {"VLLM_CACHE_ROOT", "TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "CUDA_CACHE_PATH"} <= set(
        launch.cache_env
    )
    assert len(set(launch.cache_env.values())) == len(launch.cache_env)
