"""Ollama as an engine: how it gets its model before it is Ready, what it is told, and what it cannot honour."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from engine_asks import ask, plain, told
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine
from modelservice.engines.engine import Ask, Drain
from modelservice.engines.ollama import MODELFILE

OLLAMA = engine(EngineType.OLLAMA)
LIBRARY = "model: ollama://llama3.2:1b"
OURS = {
    "OLLAMA_HOST": "0.0.0.0:8000",
    "OLLAMA_KEEP_ALIVE": "-1",
    "OLLAMA_NOPRUNE": "1",
    "OLLAMA_NO_CLOUD": "1",
}


def ollama(text: str = LIBRARY, gpus: int = 0, version: str | None = "0.17.4", **more: object) -> Ask:
    return ask(f"{text}\nengine: {{type: ollama}}" if "engine:" not in text else text, gpus, version, **more)


def with_env(name: str, value: str) -> str:
    return f"{LIBRARY}\nengine: {{type: ollama, env: [{{name: {name}, value: {value!r}}}]}}"


IMAGES = {
    "CPU": (0, "nvidia.com/gpu", "ollama/ollama:0.17.4"),
    "NVIDIA": (1, "nvidia.com/gpu", "ollama/ollama:0.17.4"),
    "AMD": (1, "amd.com/gpu", "ollama/ollama:0.17.4-rocm"),
}


@pytest.mark.parametrize(("gpus", "resource", "image"), IMAGES.values(), ids=IMAGES)
def test_image_is_that_of_the_accelerator(gpus: int, resource: str, image: str) -> None:
    assert check(ollama(gpus=gpus, resource_name=resource)) == ()
    assert OLLAMA.image("0.17.4", gpus, resource) == image


def test_server_is_told_by_environment_and_keeps_its_models_in_the_cache() -> None:
    launch = OLLAMA.launch(ollama())
    assert (launch.command, launch.args, launch.port) == (("ollama", "serve"), (), 8000)
    assert plain(launch.env) == OURS
    assert launch.model_env == {"OLLAMA_MODELS": ".modelservice/ollama"}
    assert launch.metrics_path is None


MODELS = {
    "of its library": (LIBRARY, "qwen", "FROM llama3.2:1b\n"),
    "under a name": (f"{LIBRARY}\nservedNames: [small]", "small", "FROM llama3.2:1b\n"),
    "under its own name": (f"{LIBRARY}\nservedNames: ['llama3.2:1b']", "llama3.2:1b", "FROM llama3.2:1b\n"),
    "a file": ("model: pvc://models/tiny.gguf\nservedNames: [tiny]", "tiny", "FROM /models/models/tiny.gguf\n"),
    "of the hub, under its name there": (
        "model: org/name-GGUF\nservedNames: [org/name-GGUF]",
        "org/name-GGUF",
        "FROM hf.co/org/name-GGUF\n",
    ),
    "of the hub": ("model: org/name-GGUF\nservedNames: [a/b]", "a/b", "FROM hf.co/org/name-GGUF\n"),
    "quantised": (
        "model: org/name-GGUF\nservedNames: [x]\nserving: {quantization: Q8_0}",
        "x",
        "FROM hf.co/org/name-GGUF:Q8_0\n",
    ),
    "on some cores": (
        f"{LIBRARY}\nresources: {{limits: {{cpu: 2500m}}}}",
        "qwen",
        "FROM llama3.2:1b\nPARAMETER num_thread 2\n",
    ),
}


@pytest.mark.parametrize(("text", "name", "modelfile"), MODELS.values(), ids=MODELS)
def test_model_is_made_before_it_is_ready(text: str, name: str, modelfile: str) -> None:
    assert [finding for finding in check(ollama(text)) if finding.refuses] == []
    launch = OLLAMA.launch(ollama(text))
    (file,) = launch.files
    assert launch.startup_command == ("ollama", "create", name, "-f", file.path)
    assert file.content == modelfile


def test_serving_and_many_gpus_become_variables() -> None:
    asked = ollama(f"{LIBRARY}\nserving: {{contextLength: 8192, maxConcurrentRequests: 4, task: Embed}}", gpus=2)
    assert check(asked) == ()
    more = {"OLLAMA_SCHED_SPREAD": "1", "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_NUM_PARALLEL": "4"}
    assert plain(OLLAMA.launch(asked).env) == {**OURS, **more}


def test_signal_comes_when_the_time_of_running_requests_is_over() -> None:
    assert OLLAMA.launch(ollama(f"{LIBRARY}\ndrainTimeoutSeconds: 90")).drain == Drain(90, 0)


REFUSED = {
    "option": (f"{LIBRARY}\nengine: {{type: ollama, options: {{x: 1}}}}", "engine.options", "in engine.env"),
    "word": (f"{LIBRARY}\nengine: {{type: ollama, args: [-v]}}", "engine.args", "in engine.env"),
    "key": (f"{LIBRARY}\nauth: {{apiKeySecret: {{name: a, key: b}}}}", "auth.apiKeySecret", "engine.type: llamacpp"),
    "folder": ("model: pvc://models/tiny\nservedNames: [x]", "model", "name it, as in `pvc://models/tiny/model.gguf`"),
    "revision": ("model: org/name@v1", "model", "write `org/name`"),
    "read-only cache": (f"{LIBRARY}\ncache: {{claimName: c, readOnly: true}}", "cache.readOnly", "remove"),
    "quantised file": ("model: /x.gguf\nserving: {quantization: q4}", "serving.quantization", "remove it"),
    "token": ("huggingFace: {tokenSecret: {name: a, key: b}}", "huggingFace.tokenSecret", "engine.type: llamacpp"),
    "mirror": ("huggingFace: {endpoint: 'https://hub.example'}", "huggingFace.endpoint", "engine.type: llamacpp"),
    "prefetch": (f"{LIBRARY}\ncache: {{size: 1Gi, prefetch: true}}", "cache.prefetch", "before the pod is Ready"),
    "offline": (f"{LIBRARY}\nhuggingFace: {{offline: true}}", "huggingFace.offline", "a file on a claim"),
    "name": (f"{LIBRARY}\nservedNames: [a/b/c/d]", "servedNames", "as in `org/name`"),
    "rerank": (f"{LIBRARY}\nserving: {{task: Rerank}}", "serving.task", "aphrodite, llamacpp or infinity"),
    "number type": (f"{LIBRARY}\nserving: {{dtype: half}}", "serving.dtype", "use engine.type: vllm"),
    "Gaudi": (LIBRARY, "engine.image", "set engine.image"),
    "port": (with_env("OLLAMA_HOST", ":1"), "engine.env", "`OLLAMA_HOST` does not belong here"),
    "misspelt": (with_env("OLLAMA_NUM_PARALEL", "2"), "engine.env", "Did you mean `OLLAMA_NUM_PARALLEL`?"),
    "no number": (with_env("OLLAMA_MAX_QUEUE", "many"), "engine.env", "takes a whole number, and `many` is given"),
}


@pytest.mark.parametrize(("text", "field", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_honour_is_refused_with_the_fix(text: str, field: str, advice: str) -> None:
    gaudi = {"gpus": 1, "resource_name": "habana.ai/gaudi"} if field == "engine.image" else {}
    (finding,) = check(ollama(text, **gaudi))
    assert (finding.field, finding.refuses) == (field, True)
    assert advice in finding.message


NAMES = {
    "said": (f"{LIBRARY}\nservedNames: [a, b/c, d:e]", ("a", "b/c", "d:e")),
    "of the library and said": (f"{LIBRARY}\nservedNames: [a, 'llama3.2:1b', b]", ("a", "b")),
    "of the hub": ("model: org/name-GGUF", ("org/name-GGUF", "qwen")),
    "of a file": ("model: pvc://models/tiny.gguf", ("tiny.gguf", "qwen")),
}


@pytest.mark.parametrize(("text", "names"), NAMES.values(), ids=NAMES)
def test_it_answers_to_each_name_that_clients_may_send(text: str, names: tuple[str, ...], tmp_path: Path) -> None:
    """The command is run for real, by a shell, with a program that writes down what it is asked."""
    (tmp_path / "ollama").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "ollama").chmod(0o755)
    asked = ollama(text)
    assert check(asked) == ()
    command, path = OLLAMA.launch(asked).startup_command, f"{tmp_path}:{os.environ['PATH']}"
    told = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=True).stdout
    first, *more = names
    assert told.splitlines() == [f"create {first} -f {MODELFILE}", *(f"cp {first} {name}" for name in more)]


def test_model_that_cannot_be_had_is_copied_under_no_name(tmp_path: Path) -> None:
    (tmp_path / "ollama").write_text('#!/bin/sh\necho "$1"; [ "$1" != create ]\n')
    (tmp_path / "ollama").chmod(0o755)
    command = OLLAMA.launch(ollama("model: org/name-GGUF")).startup_command
    done = subprocess.run(command, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "create\n")


def test_name_of_the_hub_that_it_does_not_take_is_left_out_unless_said() -> None:
    asked = ollama("model: org.io/name-GGUF")
    assert check(asked) == ()
    assert OLLAMA.launch(asked).startup_command == ("ollama", "create", "qwen", "-f", MODELFILE)


def test_variable_of_a_version_without_a_table_is_passed_on() -> None:
    asked = ollama(with_env("OLLAMA_LATER", "1"), version="0.99.0")
    assert told(check(asked)) == [("UnknownOption", "engine.env", False)]


def test_container_is_not_root_where_the_image_is_ollamas_own() -> None:
    assert [OLLAMA.launch(asked).non_root for asked in (ollama(), ollama(version=None))] == [1000, None]
