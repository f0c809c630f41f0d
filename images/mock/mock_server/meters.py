"""vLLM's metrics, as far as dashboards and autoscalers ask for them."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Meters:
    """vLLM's metric names, as far as dashboards and autoscalers ask for them."""

    def __init__(self, model: str) -> None:
        self.registry = CollectorRegistry()
        self.running = self._one(Gauge, "num_requests_running", "Requests that run", model)
        self.waiting = self._one(Gauge, "num_requests_waiting", "Requests that wait", model)
        self.cache = self._one(Gauge, "kv_cache_usage_perc", "Share of the cache in use, 0 to 1", model)
        self.prompt = self._one(Counter, "prompt_tokens", "Tokens of prompts", model)
        self.generated = self._one(Counter, "generation_tokens", "Tokens of answers", model)
        self.success = Counter(
            "vllm:request_success", "Answers", ["engine", "model_name", "finished_reason"], registry=self.registry
        )
        self.first = self._one(Histogram, "time_to_first_token_seconds", "Time to the first token", model)
        self.gap = self._one(Histogram, "inter_token_latency_seconds", "Time between tokens", model)
        self.whole = self._one(Histogram, "e2e_request_latency_seconds", "Time of whole requests", model)
        self.queue = self._one(Histogram, "request_queue_time_seconds", "Time that requests waited", model)
        self.model = model

    def _one(self, kind: Any, name: str, about: str, model: str) -> Any:
        made = kind(f"vllm:{name}", about, ["engine", "model_name"], registry=self.registry)
        return made.labels(engine="0", model_name=model)

    def done(self, reason: str) -> None:
        self.success.labels(engine="0", model_name=self.model, finished_reason=reason).inc()
