"""Aphrodite's OpenAI server: a descendant of vLLM, with the same command line and middleware."""

from __future__ import annotations

from modelservice.api.engine import EngineType
from modelservice.engines.accelerator import NVIDIA
from modelservice.engines.vllm_server import VllmServer

ENGINE = VllmServer(
    type=EngineType.APHRODITE,
    title="Aphrodite",
    program="aphrodite",
    # Its images are published as `latest` and by commit, and none by version.
    default_version="latest",
    repositories={NVIDIA: "alpindale/aphrodite-openai"},
    late=dict.fromkeys(("--shutdown-timeout", "--runner", "--convert"), (0, 20, 0)),
    users={},
)
