"""Real engines as processes of this machine: the programs of the lab's images, run without a container."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from lab import images, models
from lab.fixtures import NEEDS_ROOT
from modelservice import ModelServer, ModelServerError
from modelservice.cli.main import main

LIBRARIES = "usr/lib/x86_64-linux-gnu"
MIB = 2**20
ROUNDED = 0.005
"""The log tells hundredths."""
SMALL = {"max-model-len": 256, "max-num-seqs": 4, "enforce-eager": True, "kv-cache-memory-bytes": 32 << 20}


@pytest.fixture
def llama_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`llama-server` on PATH, with its own libraries."""
    root = _root("llamacpp")
    libraries = root / LIBRARIES
    processor = f"GGML_BACKEND_PATH={libraries}/ggml/backends0/libggml-cpu-x64.so"
    loader = f"{libraries}/ld-linux-x86-64.so.2 --library-path {libraries}:{libraries}/llama"
    script = f'{processor} exec {loader} {root}/usr/bin/llama-server "$@"'
    _install(tmp_path / "bin", "llama-server", script, monkeypatch)


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vllm` on PATH, run by this Python from the packages of the image."""
    root = _root("vllm-cpu")
    numa = tmp_path / "lib"
    numa.mkdir()
    (numa / "libnuma.so.1").symlink_to(root / LIBRARIES / "libnuma.so.1")
    packages = f'PYTHONPATH={root}/opt/vllm/lib/python3.11/site-packages:"$PYTHONPATH"'
    script = f'{packages} LD_LIBRARY_PATH={numa} exec {sys.executable} -m vllm.entrypoints.cli.main "$@"'
    _install(tmp_path / "bin", "vllm", script, monkeypatch)


def _install(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def _root(image: str) -> Path:
    """The files of an image."""
    if os.geteuid():
        pytest.skip(NEEDS_ROOT)
    return images.files(image)


@pytest.mark.usefixtures("llama_server")
def test_llamacpp_is_taken_for_a_gguf_file_and_answers() -> None:
    with ModelServer().start(str(models.tiny_gguf()), serving={"contextLength": 512}) as server:
        answer = server.client(max_retries=0).chat.completions.create(
            model=server.model, messages=[{"role": "user", "content": "hello"}], max_tokens=8, temperature=0
        )
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 8
        assert "listening" in server.get_output(1000)


@pytest.mark.usefixtures("llama_server")
def test_llamacpp_takes_the_memory_that_was_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    model, context, requests = str(models.tiny_gguf()), 8192, 4
    assert main(["estimate", model, "--gpu=L4", f"--context={context}", "--output=json"]) == 0
    estimated = json.loads(capsys.readouterr().out)["fit"]
    serving = {"contextLength": context, "maxConcurrentRequests": requests}
    with ModelServer().start(model, {"log-verbosity": 4}, serving=serving) as server:
        log = server.get_output(10_000)
    told = {what: float(size) for what, size in re.findall(r"(model|KV) buffer size = +([\d.]+) MiB", log)}
    assert told["KV"] == pytest.approx(requests * estimated["per_request"] / MIB, abs=ROUNDED)
    assert told["model"] == pytest.approx(estimated["weights"] / MIB, abs=ROUNDED)


@pytest.mark.usefixtures("llama_server")
def test_llamacpp_that_cannot_load_its_file_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model")
    with pytest.raises(ModelServerError, match="The engine ended with exit code 1") as crashed:
        ModelServer().start(str(broken))
    assert "broken.gguf" in crashed.value.output


@pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
@pytest.mark.usefixtures("vllm")
def test_vllm_is_taken_for_a_folder_and_answers() -> None:
    with ModelServer(name="tiny").start(str(models.tiny_llama()), SMALL, serving={"dtype": "float32"}) as server:
        answer = server.client(max_retries=0).chat.completions.create(
            model="tiny", messages=[{"role": "user", "content": "hello"}], max_tokens=8, temperature=0
        )
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 8


@pytest.mark.skipif(not os.environ.get("LONG"), reason="takes minutes: LONG=1 runs it")
@pytest.mark.usefixtures("vllm")
def test_vllm_that_crashes_at_start_names_the_cause_and_the_field() -> None:
    with pytest.raises(ModelServerError) as crashed:
        ModelServer().start(str(models.tiny_llama()), {**SMALL, "max-model-len": 100000})
    assert crashed.value.reason == "ContextTooLong"
    assert "Lower engine.options.max-model-len to 32768." in crashed.value.cause
