"""What one GPU of a replica holds: its part of the weights, what a step computes with, the fixed costs, and the cache.

Weights, cache and the widths of a step follow from the model. The fixed costs are what vLLM's and llama.cpp's logs
commonly show on NVIDIA GPUs, rounded up; they differ by driver and version, so a fit within a tenth is no promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from modelservice.estimate.shape import Shape

GIB = 1024**3
BLOCK = 16
"""Tokens: the cache is handed out in blocks."""
_HIDDEN_COPIES = 6
"""Of a token's hidden state that are alive at once: residual, norm, query, key and value, output."""
_LOGIT_BYTES = 16
"""Sampling keeps the logits of a token in float32, sorted, with their places."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """How an engine spends memory besides the model's own, per GPU."""

    fixed: int
    per_peer: int
    """More of it where several GPUs talk to each other."""
    step_tokens: int
    """Tokens computed at once, on a GPU of less than 70 GiB ..."""
    large_step_tokens: int
    """... and on a larger one."""
    sampled: int
    """Requests whose next token is chosen at once."""
    reserves_share: bool
    """Whether it takes a share of the GPU (`gpuMemoryPercent`) or just what it needs."""

    def step(self, gpu_memory: int) -> int:
        return self.large_step_tokens if gpu_memory >= 70 * GIB else self.step_tokens


VLLM = Runtime(
    fixed=int(1.2 * GIB),
    per_peer=int(0.6 * GIB),
    step_tokens=2048,
    large_step_tokens=8192,
    sampled=256,
    reserves_share=True,
)
LLAMACPP = Runtime(
    fixed=int(0.5 * GIB),
    per_peer=int(0.1 * GIB),
    step_tokens=512,
    large_step_tokens=512,
    sampled=512,
    reserves_share=False,
)


def activations(shape: Shape, gpus: int, tokens: int, sampled: int) -> int:
    """Bytes on one GPU while so many tokens are computed at once."""
    inside = 3 * ceil(shape.feed_forward / gpus)
    routed = shape.hidden * shape.experts_per_token if shape.experts_per_token > 1 else 0
    return tokens * (_HIDDEN_COPIES * shape.hidden + inside + routed) * 2 + sampled * shape.vocabulary * _LOGIT_BYTES


def cache_per_token(shape: Shape, gpus: int) -> int:
    """Bytes on one GPU for a token that all layers still see."""
    return sum(keep.per_token(gpus) for keep in shape.keeps) * shape.cache_bytes


def cache_per_request(shape: Shape, context: int, gpus: int, step: int) -> int:
    """Bytes on one GPU for a request as long as the context. A window is held with the step that is being computed."""
    whole = ceil(context / BLOCK) * BLOCK
    numbers = 0
    for keep in shape.keeps:
        seen = whole if keep.window is None else min(whole, ceil((keep.window - 1 + step) / BLOCK + 1) * BLOCK)
        numbers += seen * keep.per_token(gpus)
    return numbers * shape.cache_bytes + shape.state_bytes // gpus
