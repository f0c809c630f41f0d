"""What an engine calls the numbers that tell how busy it is, as its Prometheus page spells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meters:
    """`running` and `waiting` are requests now, `generated` and `prompted` tokens so far. `cache` is the share of the
    key-value cache that is taken, 0 to 1, under each name that it has had; `first_token` is a histogram of the seconds
    until an answer began. Some engines do not tell these two."""

    running: str
    waiting: str
    generated: str
    prompted: str
    cache: tuple[str, ...] = ()
    first_token: str = ""


def of_vllm(program: str = "vllm") -> Meters:
    """vLLM's, and those of what descends from it under its own name."""
    return Meters(
        running=f"{program}:num_requests_running",
        waiting=f"{program}:num_requests_waiting",
        generated=f"{program}:generation_tokens_total",
        prompted=f"{program}:prompt_tokens_total",
        cache=(f"{program}:kv_cache_usage_perc", f"{program}:gpu_cache_usage_perc"),
        first_token=f"{program}:time_to_first_token_seconds",
    )
