"""Searches the smallest number of GPUs that hold a model with the requests that are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelservice.estimate.memory import Runtime, activations, cache_per_request, cache_per_token
from modelservice.estimate.shape import Shape

MOST_GPUS = 16
USUAL_CONTEXT = 32_768
"""Tokens a request, where nobody says how many: models that take more seldom get more."""
MOST_REQUESTS = 256
"""vLLM computes no more at once unless told."""
USUAL_PART = 8
"""A request of usual length takes such a part of the context."""
SLOTS = 4
"""Of llama.cpp, unless told: it takes the memory of each at once."""
CONTEXTS = (2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must fit: requests of `context` tokens, so many at once, in that share of each GPU's memory."""

    context: int
    requests: int = 1
    percent: int = 90


@dataclass(frozen=True, slots=True)
class Fit:
    """One number of GPUs, in bytes on each of them. `cache` is what remains for it, and negative when nothing does."""

    gpus: int
    budget: int
    weights: int
    activations: int
    overhead: int
    cache: int
    per_token: int
    per_request: int
    wanted: Wanted

    @property
    def requests(self) -> int:
        """Of the wanted context, at once."""
        return max(0, self.cache // self.per_request) if self.per_request else MOST_REQUESTS

    @property
    def fits(self) -> bool:
        return self.cache >= 0 and self.requests >= self.wanted.requests


@dataclass(frozen=True, slots=True)
class Model:
    """A model's shape, and the bytes of its weights."""

    shape: Shape
    weights: int


def default_context(shape: Shape) -> int:
    return min(shape.context, USUAL_CONTEXT)


def counts(shape: Shape) -> tuple[int, ...]:
    """Numbers of GPUs that tensor parallelism can use: powers of two that divide the heads."""
    powers = (2**power for power in range(MOST_GPUS.bit_length()))
    return tuple(count for count in powers if shape.heads % count == 0)


def fit(model: Model, runtime: Runtime, gpu_memory: int, gpus: int, wanted: Wanted) -> Fit:
    """What so many GPUs of that memory hold."""
    shape, step = model.shape, runtime.step(gpu_memory)
    budget = gpu_memory * (wanted.percent if runtime.reserves_share else 100) // 100
    weights = -(-model.weights // gpus)
    working = activations(shape, gpus, step, runtime.sampled)
    overhead = runtime.fixed + (runtime.per_peer if gpus > 1 else 0)
    return Fit(
        gpus=gpus,
        budget=budget,
        weights=weights,
        activations=working,
        overhead=overhead,
        cache=budget - weights - working - overhead,
        per_token=cache_per_token(shape, gpus),
        per_request=cache_per_request(shape, wanted.context, gpus, step),
        wanted=wanted,
    )


def smallest(model: Model, runtime: Runtime, gpu_memory: int, wanted: Wanted) -> Fit | None:
    """The fewest GPUs that hold what is wanted; None when not even the most do."""
    tried = (fit(model, runtime, gpu_memory, gpus, wanted) for gpus in counts(model.shape))
    return next((one for one in tried if one.fits), None)


def usual_requests(model: Model, runtime: Runtime, gpu_memory: int, found: Fit) -> int:
    """How many requests to allow at once where nobody says it: few of them use the whole context, and what does not fit
    for a while waits."""
    if not runtime.reserves_share:
        return max(1, min(found.requests, SLOTS))
    short = replace(found.wanted, context=max(1, found.wanted.context // USUAL_PART))
    return max(1, min(fit(model, runtime, gpu_memory, found.gpus, short).requests, MOST_REQUESTS))


def remaining(model: Model, runtime: Runtime, gpu_memory: int, gpus: int, percent: int) -> list[tuple[int, int]]:
    """Contexts, and how many requests of each there may be at once on so many GPUs."""
    contexts = [context for context in CONTEXTS if context < model.shape.context] + [model.shape.context]
    tried = ((one, fit(model, runtime, gpu_memory, gpus, Wanted(one, 1, percent))) for one in contexts)
    return [(context, found.requests) for context, found in tried if found.fits]
