"""Real engines as processes of this machine: the programs of the lab's images, run without a container."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from lab import models
from modelservice import ModelServer, ModelServerError
from modelservice.cli.main import main

MIB = 2**20
ROUNDED = 0.005
"""The log tells hundredths."""
SMALL = {"max-model-len": 256, "max-num-seqs": 4, "enforce-eager": True, "kv-cache-memory-bytes": 32 << 20}


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
