"""The mock as an engine: its command line and what it cannot honour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from engine_asks import ask, told
from modelservice import __version__
from modelservice.api.engine import EngineType
from modelservice.engines.catalogue import check, engine

ROOT = Path(__file__).parents[3]
MOCK = engine(EngineType.MOCK)


def test_command_is_explicit() -> None:
    launch = MOCK.launch(ask("drainTimeoutSeconds: 7", 0, __version__))
    assert launch.command == ("python3", "-m", "mock_server")
    names = ("--model", "org/name", "--served-model-name", "org/name", "qwen")
    assert launch.args == (*names, "--port", "8000", "--shutdown-timeout", "7")
    assert (launch.drain.before_sigterm, launch.drain.after_sigterm) == (5, 7)
    assert launch.non_root == 65532


def test_needs_no_gpu_and_has_the_packages_version() -> None:
    assert (MOCK.default_gpus, MOCK.image(MOCK.default_version, 0, "nvidia.com/gpu")) == (
        0,
        f"modelservice/mock:{__version__}",
    )


def test_knobs_are_passed_and_checked() -> None:
    asked = ask("engine: {options: {token-rate: 20}, args: [--crash-after, '3']}", 0, __version__)
    assert MOCK.check(asked) == ()
    assert MOCK.launch(asked).args[-4:] == ("--token-rate", "20", "--crash-after", "3")
    (finding,) = MOCK.check(ask("engine: {args: [--crash-aftr=3]}", 0, __version__))
    assert finding.message == f"`--crash-aftr` is no option of the mock {__version__}. Did you mean `--crash-after`?"


def test_key_is_environment_from_the_secret() -> None:
    launch = MOCK.launch(ask("auth: {apiKeySecret: {name: a, key: b}}", 0, __version__))
    assert launch.env == ({"name": "MOCK_API_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},)


def test_length_concurrency_and_task_are_honoured() -> None:
    asked = ask("serving: {task: Embed, contextLength: 9, maxConcurrentRequests: 2}", 0, __version__)
    assert MOCK.check(asked) == ()
    assert MOCK.launch(asked).args[-4:] == ("--max-model-len", "9", "--max-num-seqs", "2")


def test_what_the_mock_cannot_honour_is_refused() -> None:
    text = "{engine: {type: mock}, serving: {dtype: half, quantization: fp8, loraAdapters: []}}"
    findings = check(ask(text, 0, __version__))
    assert told(findings) == [
        ("UnsupportedByEngine", "serving.quantization", True),
        ("UnsupportedByEngine", "serving.dtype", True),
    ]
    start = "serving.quantization means nothing to the mock: remove it, or use engine.type: vllm, aphrodite, sglang"
    assert findings[0].message.startswith(start)
    assert "mock" not in findings[0].message.removeprefix(start), "it is no engine to change to"


def test_table_of_options_is_that_of_the_server() -> None:
    script = [sys.executable, str(ROOT / "make" / "option_table.py"), "mock"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "images" / "mock")}
    printed = subprocess.run(script, env=environment, capture_output=True, text=True, check=True).stdout
    kept = (files("modelservice.engines") / "data" / f"mock-{__version__}.json").read_text()
    assert json.loads(printed)["options"] == json.loads(kept)["options"], "`make engines-catalogue ENGINE=mock`"


@pytest.mark.parametrize("word", ["--model=a", "--api-key=a", "--help"])
def test_what_has_a_field_is_refused(word: str) -> None:
    assert told(MOCK.check(ask(f"engine: {{args: ['{word}']}}", 0, __version__))) == [
        ("InvalidOption", "engine.args[0]", True)
    ]
