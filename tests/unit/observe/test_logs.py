"""Every real log of a vLLM that died is read to its cause: the reason, the values found, and the field to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.observe.diagnosis import diagnose

LOGS = Path(__file__).parent / "logs" / "vllm-0.32.0"

EXPECTED = {
    "awq-on-unquantized": (Reason.INVALID_OPTION, "not quantised with awq", "serving.quantization"),
    "bad-chat-template": (Reason.INVALID_OPTION, "no chat template /nope.jinja", "serving.chatTemplate"),
    "bad-choice-dtype": (Reason.INVALID_OPTION, "--dtype: invalid choice: 'float17'", "serving.dtype"),
    "bad-json": (Reason.INVALID_OPTION, "Value {method: ngram}", "engine.options.speculative-config"),
    "bad-type": (Reason.INVALID_OPTION, "invalid int value: 'many'", "serving.maxConcurrentRequests"),
    "embed-on-generate-config": (Reason.INVALID_OPTION, "invalid choice: 'nonsense'", "engine.options.convert"),
    "gpu-memory-util-bad": (Reason.INVALID_OPTION, "1.5: Input should be less than", "serving.gpuMemoryPercent"),
    "hub-gated": (Reason.MODEL_ACCESS_DENIED, "gated", "huggingFace.tokenSecret"),
    "hub-hub500": (Reason.HUB_UNREACHABLE, "http://127.0.0.1:18407 answers 500", "huggingFace.endpoint"),
    "hub-notfound": (Reason.MODEL_NOT_FOUND, "no model meta-llama/Llama-3.1-8B-Instruct", "Change model"),
    "hub-ratelimit": (Reason.HUB_UNREACHABLE, "429", "huggingFace.tokenSecret"),
    "hub-revision": (Reason.MODEL_NOT_FOUND, "no revision v9", "after @ in model"),
    "lora-missing-path": (Reason.ADAPTER_NOT_FOUND, "ad1 is not at /nope", "serving.loraAdapters"),
    "max-len-too-long": (Reason.CONTEXT_TOO_LONG, "1000000 tokens", "serving.contextLength to 32768"),
    "memory-limit": (Reason.OUT_OF_MEMORY, "1073741824 bytes", "resources.limits.memory"),
    "missing-local-path": (Reason.MODEL_NOT_FOUND, "no folder /models/does-not-exist", "Change model"),
    "no-config": (Reason.MODEL_INCOMPLETE, "m-noconfig has no config.json", "Change model"),
    "no-tokenizer": (Reason.MODEL_INCOMPLETE, "no tokenizer", "engine.options.tokenizer"),
    "service-link-port": (Reason.INVALID_ENVIRONMENT, "VLLM_PORT is tcp://10.96.0.1:8000", "enableServiceLinks"),
    "truncated-weights": (Reason.MODEL_INCOMPLETE, "file not fully covered", "Delete it from the cache"),
    "unknown-architecture": (Reason.MODEL_NOT_SUPPORTED, "FooBarForCausalLM", "engine.version"),
    "unknown-flag": (Reason.UNKNOWN_OPTION, "--max-model-length", "engine.args (--max-model-length)"),
    "unknown-model-type": (Reason.MODEL_NOT_SUPPORTED, "foobar", "engine.version"),
    "unknown-reasoning-parser": (Reason.INVALID_OPTION, "reasoning parser nope", "serving.reasoningParser"),
}
SPEC = ModelServiceSpec.model_validate(
    {"model": "a/b", "engine": {"args": ["--max-model-length", "512"], "options": {"convert": "nonsense"}}}
)


def test_every_log_has_an_expectation():
    assert {path.stem for path in LOGS.glob("*.log")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_log_is_diagnosed_to_cause_and_field(name):
    reason, values, field = EXPECTED[name]
    found = diagnose((LOGS / f"{name}.log").read_text().splitlines(), SPEC)
    assert found is not None
    assert found.reason == reason
    assert values in found.message
    assert field in found.message
    assert found.passing == (reason == Reason.HUB_UNREACHABLE)
