"""The engines as pods: each answers the OpenAI client through a Service, under its public image's name.

The real ones serve the model that the tests make themselves; the mock loads none.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab import images, models, probe
from lab.client import Client, Manifest, condition
from lab.hub import Hub
from lab.lab import Lab

SLOW = pytest.mark.skipif(
    not os.environ.get("LONG"), reason="tests/node does the same by a ModelService; LONG=1 runs it"
)
"""The real vLLM takes minutes."""
PROMPT = "hello world " * 8
TOKENS = 24

ASK = """
import json, sys, openai
base_url, model, prompt, tokens = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=60)
client.with_options(max_retries=6).models.list()  # a new Service takes a moment to reach every node
question = dict(
    model=model, messages=[{"role": "user", "content": prompt}], max_tokens=int(tokens), temperature=0
)
whole = client.chat.completions.create(**question)
pieces = [chunk.choices[0] for chunk in client.chat.completions.create(stream=True, **question) if chunk.choices]
print(json.dumps({
    "text": whole.choices[0].message.content,
    "end": whole.choices[0].finish_reason,
    "tokens": whole.usage.completion_tokens,
    "streamed": "".join(piece.delta.content or "" for piece in pieces),
    "pieces": len(pieces),
}))
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: which image plays which public one, and how it serves a model that lies under /model."""

    image: str
    public: str
    model: Callable[[], Path]
    command: tuple[str, ...]
    memory: str
    ready_within: int
    env: tuple[tuple[str, str], ...] = ()


MOCK = Engine(
    image="mock",
    public="modelservice/mock:0.1.0",
    model=models.tiny_llama,
    command=("python3", "-m", "mock_server", "--model", "lab/tiny", "--served-model-name", "tiny", "--port", "8000"),
    memory="128Mi",
    ready_within=60,
)
LLAMACPP = Engine(
    image="llamacpp",
    public="ghcr.io/ggml-org/llama.cpp:server",
    model=lambda: models.tiny_gguf().parent,
    command=("/app/llama-server", "-m", "/model/tiny.gguf", "--alias", "tiny", "--host", "0.0.0.0", "--port", "8000"),
    memory="256Mi",
    ready_within=60,
)
VLLM = Engine(
    image="vllm-cpu",
    public="vllm/vllm-openai-cpu:v0.32.0",
    model=models.tiny_llama,
    command=(
        *("vllm", "serve", "/model", "--served-model-name", "tiny", "--port", "8000", "--dtype", "float32"),
        *("--max-model-len", "256", "--max-num-seqs", "8", "--enforce-eager"),
        *("--kv-cache-memory-bytes", str(32 * 1024 * 1024)),
    ),
    memory="3Gi",
    ready_within=600,
    env=(
        *(("HF_HUB_OFFLINE", "1"), ("VLLM_NO_USAGE_STATS", "1"), ("VLLM_HOST_IP", "127.0.0.1")),
        *(("OMP_NUM_THREADS", "1"), ("HOME", "/tmp"), ("USER", "vllm"), ("LOGNAME", "vllm")),
    ),
)


def server(engine: Engine) -> Manifest:
    """As the operator runs engines: not root, nothing writable but /tmp and /dev/shm."""
    container = {
        "name": "engine",
        "image": engine.public,
        "imagePullPolicy": "IfNotPresent",
        "command": engine.command,
        "env": [{"name": name, "value": value} for name, value in engine.env],
        "readinessProbe": {"httpGet": {"path": "/health", "port": 8000}, "periodSeconds": 1, "timeoutSeconds": 5},
        "resources": {"limits": {"memory": engine.memory}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1000,
        },
        "volumeMounts": [
            {"name": "model", "mountPath": "/model", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "shm", "mountPath": "/dev/shm"},
        ],
    }
    spec = {
        "containers": [container],
        "enableServiceLinks": False,
        "nodeName": "lab-node-2",
        "terminationGracePeriodSeconds": 1,
        "tolerations": probe.GPU_POOL,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [
            {"name": "model", "hostPath": {"path": str(engine.model()), "type": "Directory"}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "shm", "emptyDir": {"medium": "Memory"}},
        ],
    }
    metadata = {"name": "engine", "labels": {"app": "engine"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def service() -> Manifest:
    spec = {"selector": {"app": "engine"}, "ports": [{"port": 80, "targetPort": 8000}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "llm"}, "spec": spec}


def client() -> Manifest:
    container = {"name": "client", "image": images.reference("client"), "imagePullPolicy": "Never"}
    spec = {"containers": [container], "nodeName": "lab-node-1", "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"}, "spec": spec}


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("engine", [MOCK, LLAMACPP, pytest.param(VLLM, marks=SLOW)], ids=lambda engine: engine.image)
def test_engine_answers_the_openai_client_through_a_service(
    cluster: Client, full: Lab, namespace: str, engine: Engine
) -> None:
    one, two = full.nodes.each
    one.images.import_(images.build("client"))
    two.images.import_(images.build(engine.image), engine.public)
    for manifest in (service(), server(engine), client()):
        cluster.create(manifest, namespace)
    cluster.wait("Pod", "client", namespace, condition("Ready"), 60)
    cluster.wait("Pod", "engine", namespace, condition("Ready"), engine.ready_within)

    address = f"http://llm.{namespace}.svc.cluster.local/v1"
    inside = ("exec", f"--namespace={namespace}", "client", "--")
    answer = json.loads(cluster.kubectl(*inside, "python", "-c", ASK, address, "tiny", PROMPT, str(TOKENS)))
    assert (answer["tokens"], answer["end"]) == (TOKENS, "length")
    assert answer["text"].strip()
    assert answer["streamed"] == answer["text"]
    assert answer["pieces"] > TOKENS // 2


def test_llamacpp_downloads_its_model_from_a_hub(cluster: Client, full: Lab, namespace: str) -> None:
    full.nodes.each[1].images.import_(images.build("llamacpp"), LLAMACPP.public)
    with Hub(full.identity.gateway, full.identity.ports.hub) as hub:
        hub.add("lab/tiny-GGUF", models.tiny_gguf())
        listen = ("--host", "0.0.0.0", "--port", "8000")
        command = ("/app/llama-server", "-hf", "lab/tiny-GGUF", "--hf-file", "tiny.gguf", *listen)
        env = (("HF_ENDPOINT", hub.url), ("LLAMA_CACHE", "/tmp"))
        cluster.create(server(replace(LLAMACPP, command=command, env=env)), namespace)
        cluster.wait("Pod", "engine", namespace, condition("Ready"), LLAMACPP.ready_within)
        assert hub.sent == models.tiny_gguf().stat().st_size
