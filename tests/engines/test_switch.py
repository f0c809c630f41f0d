"""One ModelService goes through the engines by one word, and the same client asks it at the same address."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.served import Subjects
from engines.subjects import NAMESPACE, Spec
from lab import models
from lab.client import Manifest
from lab.hub import Hub
from modelservice import __version__
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import ENGINES as KNOWN
from node.engines import ENGINES

NAME, MODEL = "one", "lab/tiny"
SELECTOR = f"modelservice.io/name={NAME},modelservice.io/component=engine"
LIGHT = ("mock", "llamacpp")
ALL = (*LIGHT, "vllm", "infinity", "remote", "custom", "ollama")
"""All that have an OpenAI route, which Triton has not."""
NAMES_OF = dict.fromkeys(("remote", "custom"), (MODEL,))
"""What clients may send where it is not the model's id and the resource's name: what is behind decides."""
SMALL = {
    "gpu": {"count": 0},
    "drainTimeoutSeconds": 1,
    "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "4Gi"}},
}
# vLLM compiles nothing with the first, and asks no name server with the last.
ENV = {"VLLM_CPU_CI_ENV": "1", "OMP_NUM_THREADS": "1", "VLLM_HOST_IP": "127.0.0.1"}


@pytest.fixture
def hub(subjects: Subjects, tmp_path: Path) -> Iterator[Hub]:
    """The model in both forms, as many repositories have it: each engine takes the one that it reads."""
    shutil.copytree(models.tiny_llama(), tmp_path / "model")
    shutil.copy(models.tiny_gguf(), tmp_path / "model")
    identity = subjects.lab.identity
    with Hub(identity.gateway, identity.ports.hub) as hub:
        hub.add(MODEL, tmp_path / "model")
        yield hub


def spec(engine: str, hub: Hub) -> Spec:
    """Nothing differs but the word, and what an engine cannot do without."""
    told: Spec = {"type": engine, "env": [{"name": name, "value": value} for name, value in ENV.items()]}
    where: Spec = {"model": MODEL, "huggingFace": {"endpoint": hub.url}}
    if engine == "remote":
        told["remote"] = {"url": f"http://behind.{NAMESPACE}.svc.cluster.local:8000/v1"}
    if engine == "custom":
        server = ["python3", "-m", "mock_server", "--port", "9000", "--served-model-name", MODEL]
        told |= {"image": f"modelservice/mock:{__version__}", "custom": {"port": 9000}, "args": server}
    if engine == "ollama":
        # It knows no mirror of the hub, so that the model is a file here.
        file = ENGINES[engine].serving()
        where = {"model": file["model"], "podTemplate": file["podTemplate"], "servedNames": [MODEL, NAME]}
    return {**SMALL, **where, "engine": told}


@pytest.mark.timeout(1800)
def test_one_word_switches_the_engine_behind_the_same_address(subjects: Subjects, hub: Hub) -> None:
    addresses = set()
    for engine in ALL if os.environ.get("LONG") else LIGHT:
        ENGINES[engine].bring(subjects.lab)
        if engine == "remote":
            subjects.serve("behind", {"model": MODEL, "engine": {"type": "mock"}})
            subjects.serve.ready("behind")
        began = time.monotonic()
        subjects.serve(NAME, spec(engine, hub))
        addresses.add(subjects.serve.ready(NAME, ENGINES[engine].ready_within)["openAIURL"])
        seconds = time.monotonic() - began
        pod = only_pod(subjects, engine)
        for name in NAMES_OF.get(engine, (MODEL, NAME)):
            assert answers(subjects, *addresses, name, embeds=engine == "infinity")
        memory = subjects.lab.nodes.container(pod, "engine").memory
        print(f"{engine}: Ready in {seconds:.1f} s, {memory / 2**20:.0f} MiB")
    assert addresses == {f"http://{NAME}.{NAMESPACE}.svc.cluster.local:8000/v1"}


def only_pod(subjects: Subjects, engine: str) -> Manifest:
    """The engine's, once the one before it has gone."""

    def seen() -> list[Manifest]:
        return subjects.cluster.list("Pod", NAMESPACE, labels=SELECTOR)

    for pod in seen():
        if "deletionTimestamp" in pod["metadata"]:
            subjects.cluster.wait_gone("Pod", pod["metadata"]["name"], NAMESPACE, timeout=90)
    (pod,) = seen()
    type = EngineType(engine)
    if type is not EngineType.CUSTOM:
        assert pod["spec"]["containers"][0]["image"] == KNOWN[type].image(KNOWN[type].default_version, 0, "")
    return pod


def answers(subjects: Subjects, url: str, model: str, embeds: bool) -> bool:
    """Whether the OpenAI client gets what the engine is there for."""
    return any(subjects.caller.embed(url, model)) if embeds else bool(subjects.caller.chat(url, model)["text"])
