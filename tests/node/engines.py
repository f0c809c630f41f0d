"""Engines that really serve on the lab's nodes without a GPU: what each asks for, and what it is told to be small."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import encoders, images, models, repositories
from lab.lab import Lab
from modelservice import __version__

Spec = dict[str, Any]
PROMPT = "hello world hello world"
"""What the tiny model answers in letters."""
ONE_CORE = [{"name": "OMP_NUM_THREADS", "value": "1"}, {"name": "VLLM_HOST_IP", "value": "127.0.0.1"}]
VLLM: Spec = {
    "gpu": {"count": 0},
    "engine": {"type": "vllm", "args": ["--enforce-eager", "--kv-cache-memory-bytes", "33554432"], "env": ONE_CORE},
    "serving": {"contextLength": 8192, "dtype": "float32", "maxConcurrentRequests": 8},
    "resources": {"requests": {"cpu": "100m", "memory": "2Gi"}, "limits": {"memory": "3Gi"}},
}
LLAMACPP: Spec = {
    "engine": {"type": "llamacpp"},
    "serving": {"contextLength": 8192, "maxConcurrentRequests": 8},
    "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
}
INFINITY: Spec = {
    "gpu": {"count": 0},
    "engine": {"type": "infinity", "env": ONE_CORE[:1]},
    "servedNames": ["infinity"],
    "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
}
OLLAMA: Spec = {
    "engine": {"type": "ollama"},
    "serving": {"contextLength": 1024, "maxConcurrentRequests": 8},
    "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
}
TRITON: Spec = {
    "gpu": {"count": 0},
    "engine": {"type": "triton"},
    "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
}
CUSTOM: Spec = {
    "engine": {
        "type": "custom",
        "image": f"modelservice/mock:{__version__}",
        "custom": {"port": 9000},
        "args": [
            *("python3", "-m", "mock_server", "--port", "$(MODELSERVICE_PORT)", "--model", "$(MODELSERVICE_MODEL)"),
            *("--served-model-name", "custom", "--token-rate", "40", "--max-model-len", "4096"),
        ],
    },
}
REMOTE: Spec = {"engine": {"type": "remote"}}
MOCK: Spec = {"engine": {"type": "mock", "args": ["--token-rate", "40"]}}


@dataclass(frozen=True, slots=True)
class Engine:
    """One of them: its image under the name that the operator asks for, and a model that lies on every node."""

    image: str
    public: str
    spec: Spec
    model: str = ""
    folder: Callable[[], Path] | None = None
    ready_within: float = 90

    def bring(self, lab: Lab) -> None:
        lab.nodes.import_image(images.build(self.image), self.public)

    def serving(self) -> Spec:
        """A spec whose model is read from the node."""
        if self.folder is None:
            return {**self.spec, **({"model": self.model} if self.model else {})}
        volume = {"name": "model", "hostPath": {"path": str(self.folder()), "type": "Directory"}}
        mount = {"name": "model", "mountPath": "/model", "readOnly": True}
        pod = {"volumes": [volume], "containers": [{"name": "engine", "volumeMounts": [mount]}]}
        return {**self.spec, "model": self.model, "podTemplate": {"spec": pod}}


ENGINES = {
    "mock": Engine("mock", f"docker.io/modelservice/mock:{__version__}", MOCK, "org/tiny"),
    "llamacpp": Engine(
        "llamacpp",
        "ghcr.io/ggml-org/llama.cpp:server-v0.7.0",
        LLAMACPP,
        "/model/tiny.gguf",
        lambda: models.tiny_gguf().parent,
    ),
    "vllm": Engine(
        "vllm-cpu", "docker.io/vllm/vllm-openai-cpu:v0.32.0", VLLM, "/model", models.tiny_llama, ready_within=600
    ),
    "infinity": Engine(
        "infinity",
        "docker.io/michaelf34/infinity:0.0.78-cpu",
        INFINITY,
        "/model",
        encoders.tiny_bert,
        ready_within=300,
    ),
    "ollama": Engine(
        "ollama",
        "docker.io/ollama/ollama:0.17.4",
        OLLAMA,
        "/model/tiny.gguf",
        lambda: models.tiny_gguf().parent,
    ),
    "triton": Engine("triton", "nvcr.io/nvidia/tritonserver:24.10-py3", TRITON, "/model", repositories.tiny_repository),
    "custom": Engine("mock", f"docker.io/modelservice/mock:{__version__}", CUSTOM, "org/tiny"),
    "remote": Engine("haproxy", "docker.io/library/haproxy:3.2", REMOTE),
}
