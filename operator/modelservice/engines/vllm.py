"""vLLM's OpenAI server, from 0.8 on."""

from __future__ import annotations

from modelservice.api.engine import EngineType
from modelservice.engines.accelerator import AMD, CPU, NVIDIA
from modelservice.engines.vllm_server import VllmServer

ENGINE = VllmServer(
    type=EngineType.VLLM,
    title="vLLM",
    program="vllm",
    default_version="0.32.0",
    repositories={NVIDIA: "vllm/vllm-openai", AMD: "vllm/vllm-openai-rocm", CPU: "vllm/vllm-openai-cpu"},
    late={
        "--shutdown-timeout": (0, 18, 0),
        "--runner": (0, 10, 1),
        "--convert": (0, 10, 1),
        # Until then it did nothing without --enable-reasoning.
        "--reasoning-parser": (0, 9, 0),
    },
    # The image has had this user with a writable home; nobody has shown it of the other two.
    users={NVIDIA: ((0, 32, 0), 2000)},
)
